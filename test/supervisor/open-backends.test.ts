import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('a driver that is not installed is one sentence, with the command that installs it', async () => {
  const program = new URL('../fixtures/programs/without-drivers.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const told = JSON.parse(stdout) as string[];
  expect(told).toEqual([
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*npm install redis/),
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*"ioredis".*npm install ioredis/),
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*"pg".*npm install pg/),
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*"pg".*npm install pg/),
  ]);
});
