/** What the command line says: one process runs all commands, one after the other. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { MistakeTable } from './mistake-table.ts';
import { spawnedOutput } from './spawned-output.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/many-commands.ts', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'escapement-commands-')));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the commands find in their working directory. */
const FILES: Readonly<Record<string, string>> = {
  'ok.ts': `export default { name: 'ok', schedules: () => [{ id: 'a', cron: '@daily' }], run() {} };\n`,
  'package.json': '{ "name": "app", "type": "module" }\n',
  'notes.txt': 'These are notes.\n',
  'wrong.config.ts': 'export default { plugins: ["./ok.ts"], logger: false, tz: "UTC" };\n',
  'syntax.config.ts': 'export default {\n  plugins: ["./ok.ts"\n};\n',
  'empty.config.ts': 'export const plugins = [];\n',
};

test('every mistake in a command has its message', { timeout: 120_000 }, async () => {
  const table = new MistakeTable('commands');
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'folder'));

  const lines = table.mistakes.map(({ wrote }) => wrote.join(' '));
  const messages = await spawnedOutput(PROGRAM, lines, folder);

  const { expected, seen } = table.comparison(messages.map((text) => text.replaceAll(folder, '/srv')));
  expect(seen).toBe(expected);
  expect(table.mistakes.length).toBeGreaterThanOrEqual(30);
});
