import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** The first block of the guide, on the sources instead of the package. */
function exampleOfGuide(): string {
  const guide = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const [, code = ''] = /```ts\n\/\/ invoices\.test\.ts\n([\s\S]*?)^```/m.exec(guide) ?? [];
  const source = (path: string): string => `'${pathToFileURL(join(root, 'src', path)).href}'`;
  return code.replace("'escapement/testing'", source('testing/index.ts')).replace("'escapement'", source('index.ts'));
}

test('the example of docs/testing.md passes as it is written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guide-'));
  const file = join(folder, 'invoices.test.ts');
  writeFileSync(file, exampleOfGuide());
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    encoding: 'utf8',
    env,
  });
  rmSync(folder, { recursive: true });
  expect(stdout).toContain('# pass 1');
  expect(status).toBe(0);
});
