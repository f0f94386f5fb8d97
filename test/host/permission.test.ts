import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const program = (name: string): string => new URL(`../fixtures/programs/${name}`, import.meta.url).pathname;

async function output(args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=SecurityWarning', ...args]);
  return JSON.parse(stdout) as unknown;
}

describe("Node's permission model", { timeout: 40_000 }, () => {
  test('without --allow-worker is one sentence that names the flag', async () => {
    expect(await output(['--permission', '--allow-fs-read=*', program('refused-thread.ts')])).toMatchObject({
      code: 'ERR_ESCAPEMENT_THREAD_REFUSED',
      message:
        'The supervisor thread could not be created: Node runs with --permission, so it also needs --allow-worker.',
    });
  });

  test('may forbid to look for a module, and the module itself says so when it is loaded', async () => {
    const root = new URL('../../', import.meta.url).pathname;
    // The packages may be a link to another folder.
    const readable = [root, `${realpathSync(`${root}node_modules`)}/`].map((folder) => `--allow-fs-read=${folder}`);
    expect(await output(['--permission', ...readable, program('unreadable-modules.ts')])).toEqual({
      located: 'file:///unreadable/report.ts',
      failure: 'there is no package "report.js" in /unreadable/ or above it, and a path must begin with "./"',
    });
  });
});
