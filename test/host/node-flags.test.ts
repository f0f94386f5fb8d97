/**
 * A host that Node was given flags for: its scheduler starts, with SQLite, threads and processes. Several flags share a
 * process, because each process takes a second.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/scheduler-harness.ts';

const PROGRAM = new URL('../fixtures/programs/flagged-host.ts', import.meta.url).pathname;
const LIMIT_MS = 120_000;

/** Resolves to what the host printed. `FOLDER` in a flag is where the files are that flags name. */
async function printed(flags: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const folder = temporaryFolder();
  for (const name of ['required.cjs', 'imported.mjs', '.env']) writeFileSync(join(folder, name), '');
  const args = [...flags.map((flag) => flag.replace('FOLDER', folder)), PROGRAM, folder];
  const options = { env: { ...process.env, ...env }, timeout: LIMIT_MS };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return stdout;
}

const BOTH = "[ 'seldom/only succeeded', 'seldom@:apart/only succeeded' ]\n";

test.each([
  ['of V8', '--max-old-space-size=512 --expose-gc --stack-size=900 --max-semi-space-size=32'],
  ['of the process', '--title=host --use-openssl-ca --unhandled-rejections=strict --disable-proto=delete'],
  ['for debugging', '--inspect=127.0.0.1:0 --enable-source-maps --trace-uncaught --stack-trace-limit=50'],
  ['that load modules', '--require=FOLDER/required.cjs --import=file://FOLDER/imported.mjs --conditions=development'],
  ['of an environment', '--env-file=FOLDER/.env --no-warnings --pending-deprecation'],
  [
    "of Node's permission model",
    '--permission --allow-worker --allow-child-process --allow-fs-read=* --allow-fs-write=*',
  ],
])(
  'starts under flags %s',
  async (_, flags) => {
    expect(await printed(flags.split(' '))).toBe(BOTH);
  },
  LIMIT_MS,
);

test(
  'starts under NODE_OPTIONS',
  async () => {
    const NODE_OPTIONS = '--max-old-space-size=512 --enable-source-maps --use-openssl-ca';
    expect(await printed([], { NODE_OPTIONS })).toBe(BOTH);
  },
  LIMIT_MS,
);
