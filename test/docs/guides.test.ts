/** The pages by task: their snippets are files in one folder, and their commands are executed in the order of the page. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Fence, fencesOf, isCode, isCommand } from '../support/documents/fences.ts';
import { PageFolder } from '../support/documents/page-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = globSync('docs/{index,guides/*,migrating/*}.md', { cwd: ROOT }).toSorted();
const LIMIT_MS = 120_000;

async function follow(folder: PageFolder, page: string, fence: Fence): Promise<void> {
  const { check, code, file, line } = fence;
  if (file !== null) await folder.write(fence);
  if (check?.kind === 'starts') await folder.start(code, check.pattern);
  if (check?.kind !== 'prints') return;
  const { output, exitCode } = await folder.run(code);
  expect(output, `${page}:${line}`).toMatch(check.pattern);
  expect(exitCode, `${page}:${line}\n${output}`).toBe(check.exitCode);
}

describe('the pages by task', () => {
  test.each(PAGES)('%s does what it says', { timeout: LIMIT_MS }, async (page) => {
    const folder = await PageFolder.create(page.replaceAll(/\W/g, '-'));
    onTestFinished(() => folder.remove());
    const fences = fencesOf(readFileSync(join(ROOT, page), 'utf8'));
    for (const fence of fences) await follow(folder, page, fence);
    expect((await folder.stop()).filter((exitCode) => exitCode !== 0)).toEqual([]);
  });

  test.each(PAGES)('no snippet of %s is left out without a reason', (page) => {
    const fences = fencesOf(readFileSync(join(ROOT, page), 'utf8'));
    const leftOut = fences.filter(
      (fence) => fence.check === null && (isCommand(fence) || (isCode(fence) && fence.file === null)),
    );
    expect(leftOut.map(({ line }) => `${page}:${line}`)).toEqual([]);
    expect(fences.some(({ check }) => check?.kind === 'prints')).toBe(true);
  });
});
