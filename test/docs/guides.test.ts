/** Pages that are executed: their snippets are files in one folder, and their commands run in the order of the page. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Fence, fencesOf, isCode, isCommand } from '../support/documents/fences.ts';
import { PageFolder } from '../support/documents/page-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const fencesIn = (page: string) => fencesOf(readFileSync(join(ROOT, page), 'utf8'));
const EXECUTED = globSync('docs/**/*.md', { cwd: ROOT })
  .filter((page) => fencesIn(page).some(({ check }) => check?.kind.startsWith('prints')))
  .toSorted();
/** These are executed as a whole. */
const WHOLE = globSync('docs/{index,getting-started,guides/*,migrating/*}.md', { cwd: ROOT }).toSorted();
/** The machine may be busy, and plugins have ten seconds to load: one page at a time. */
const LIMIT_MS = 180_000;

async function follow(folder: PageFolder, page: string, fence: Fence): Promise<void> {
  const { check, code, file, line } = fence;
  if (file !== null) await folder.write(fence);
  if (check?.kind === 'starts') await folder.start(code, check.pattern);
  if (check?.kind === 'prints this') return transcript(folder, page, fence);
  if (check?.kind !== 'prints') return;
  const { output, exitCode } = await folder.run(code);
  expect(output, `${page}:${line}`).toMatch(check.pattern);
  expect(exitCode, `${page}:${line}\n${output}`).toBe(check.exitCode);
}

/** What stands on the page behind a prompt, and what it prints. */
async function transcript(folder: PageFolder, page: string, { code, line }: Fence): Promise<void> {
  const lines = code.trimEnd().split('\n');
  const commands = lines.filter((one) => one.startsWith('$ '));
  const { output } = await folder.run(commands.join('\n'));
  expect(output.trimEnd().split('\n'), `${page}:${line}`).toEqual(lines.filter((one) => !one.startsWith('$ ')));
}

describe('the pages by task', () => {
  test.for(EXECUTED)('%s does what it says', { timeout: LIMIT_MS }, async (page, { onTestFinished }) => {
    const folder = await PageFolder.create(page.replaceAll(/\W/g, '-'));
    onTestFinished(() => folder.remove());
    for (const fence of fencesIn(page)) await follow(folder, page, fence);
    expect((await folder.stop()).filter((exitCode) => exitCode !== 0)).toEqual([]);
  });

  test.each(WHOLE)('no snippet of %s is left out without a reason', (page) => {
    const fences = fencesIn(page);
    const leftOut = fences.filter(
      (fence) => fence.check === null && (isCommand(fence) || (isCode(fence) && fence.file === null)),
    );
    expect(leftOut.map(({ line }) => `${page}:${line}`)).toEqual([]);
    expect(EXECUTED).toContain(page);
  });
});
