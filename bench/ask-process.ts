import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { collected } from '../test/support/servers/postgres-server.ts';

/** How long a process may take to end after its answer. */
const END_LIMIT_MS = 5_000;
/** No measurement takes longer, so a process that has not answered by then never will. */
const ANSWER_LIMIT_MS = 600_000;

/**
 * Sends one request to a new process that runs `module`, and resolves to its only answer. The process is expected to
 * end by itself; one that does not, or is still there when this process ends, is killed with all that it has started.
 * What it writes is shown only if it fails.
 *
 * @throws Error if the process ends without an answer, or does not answer in time.
 */
export async function askProcess<Answer>(module: URL, request: unknown, limitMs = ANSWER_LIMIT_MS): Promise<Answer> {
  const child = fork(module, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
  const output = collected(child);
  const kill = (): void => killGroup(child);
  process.once('exit', kill);
  const limit = setTimeout(kill, limitMs);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      child.once('message', (answer) => resolve(answer as Answer));
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        const how = signal ?? `code ${code}`;
        reject(new Error(`${module.pathname} ended with ${how} for ${JSON.stringify(request)}\n${output()}`));
      });
      child.send(request as object);
    });
  } finally {
    clearTimeout(limit);
    await ended(child);
    kill();
    process.off('exit', kill);
  }
}

/** The next measurement may not share the machine with this process. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => killGroup(child), END_LIMIT_MS);
  await once(child, 'exit');
  clearTimeout(timer);
}

/** Kills the process and what it has started. Some of that does not end by itself, and computes until it is killed. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
