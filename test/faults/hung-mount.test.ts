/** A file system that stops answering keeps nobody waiting for ever. The process is one of its own, because it is held. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { hungMount } from '../support/hung-mount.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/hung-disk.ts', import.meta.url));

test.for(['store', 'locks', 'both'])(
  'start() rejects in bounded time when SQLite files are on a mount that hangs: %s',
  { timeout: 60_000 },
  async (what, context) => {
    const [hung, sound] = [temporaryFolder(), temporaryFolder()];
    const mount = hungMount(hung);
    if (mount === null) return context.skip('this needs FUSE and the right to mount: run the tests as root');
    onTestFinished(() => mount.close());
    const child = spawn(process.execPath, [PROGRAM, what, hung, sound], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [said, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(said).toMatch(/^ERR_ESCAPEMENT_BACKEND: Backend "sqlite" cannot be used: .* did not answer for \d+ s\.\n$/);
    expect(signal).toBe('SIGKILL');
  },
);
