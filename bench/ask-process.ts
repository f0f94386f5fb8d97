import { fork } from 'node:child_process';

/**
 * Sends one request to a new process that runs `module`, and resolves to its only answer. The process is expected to
 * end by itself; one that answers and stays is killed.
 *
 * @param execArgv Options of Node for the process.
 * @throws Error if the process ends without an answer.
 */
export async function askProcess<Answer>(
  module: URL,
  request: unknown,
  execArgv: readonly string[] = [],
): Promise<Answer> {
  const child = fork(module, { execArgv: [...execArgv] });
  const answered = new Promise<Answer>((resolve, reject) => {
    child.once('message', (answer) => resolve(answer as Answer));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`${module.pathname} ended with ${signal ?? `code ${code}`} for ${JSON.stringify(request)}`));
    });
  });
  child.send(request as object);
  try {
    return await answered;
  } finally {
    await ended(child);
  }
}

/** How long a process may take to end after its answer. */
const END_LIMIT_MS = 5_000;

/** The next measurement may not share the machine with this process. */
function ended(child: ReturnType<typeof fork>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
