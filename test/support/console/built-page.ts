/** The page, where a console that runs from sources looks for it. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage } from '../../../scripts/build-page.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PLACE = join(ROOT, 'dist/console/page');

/**
 * Builds the page and puts it in its place. Other tests may do so, or look at it, at the same time: each file appears
 * whole or not at all, and the one that names the others comes last.
 */
export async function installPage(): Promise<void> {
  mkdirSync(PLACE, { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'dist/page-'));
  try {
    await buildPage(folder);
    const names = readdirSync(folder);
    const isLast = (name: string): boolean => name.startsWith('index.html');
    for (const name of [...names.filter((one) => !isLast(one)), ...names.filter(isLast)]) {
      renameSync(join(folder, name), join(PLACE, name));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
