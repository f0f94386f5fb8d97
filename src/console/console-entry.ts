/**
 * The console's thread. It asks the supervisor thread itself, so that it answers, and tells, while the host's event loop
 * is blocked.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PortSource } from '../host/console/port-source.ts';
import type { ConsoleThreadData, FromConsole, ToConsole } from '../host/console/protocol.ts';
import { errorRecord } from '../wire/error-record.ts';
import type { ServedConsole } from './http/serve.ts';
import type { Notifying } from './notify/start-notifying.ts';
import { yieldToTheHost } from './thread-priority.ts';

/** How long what is to be told may take to arrive when the scheduler stops. The host waits half a second. */
const TELL_LIMIT_MS = 350;

yieldToTheHost();
const { config } = workerData as ConsoleThreadData;
const source = new PortSource();
const notifying = notify();
const served = serve();

parentPort?.on('message', (message: ToConsole) => {
  if (message.kind === 'supervisor') {
    source.connect(message.port);
    void notifying.then((teller) => teller?.refresh());
  } else void close();
});
Promise.all([served, notifying]).then(
  ([{ url, socket }]) => post({ kind: 'listening', url, socket }),
  (error: unknown) => {
    post({ kind: 'refused', error: errorRecord(error) });
    parentPort?.close();
  },
);

/** What only tells listens nowhere, and needs no server. */
async function serve(): Promise<ServedConsole> {
  if (config.port === null && config.socket === null) return { url: null, socket: null, close: async () => {} };
  const { serveConsole } = await import('./http/serve.ts');
  return serveConsole(source, config);
}

async function notify(): Promise<Notifying | null> {
  if (config.notify === null) return null;
  const [{ startNotifying }, { hostExchange }, { SystemClock }] = await Promise.all([
    import('./notify/start-notifying.ts'),
    import('../outbound/host-exchange.ts'),
    import('../supervisor/clocks/system-clock.ts'),
  ]);
  return startNotifying(source, config.notify, {
    clock: new SystemClock(),
    exchange: hostExchange,
    random: Math.random,
    warned: (warning) => post({ kind: 'warned', warning }),
  });
}

async function close(): Promise<void> {
  // What was refused is said already.
  const closing = served.then((serving) => serving.close()).catch(() => {});
  await notifying.then((teller) => teller?.close(TELL_LIMIT_MS)).catch(() => {});
  source.close();
  await closing;
  parentPort?.close();
}

function post(message: FromConsole): void {
  parentPort?.postMessage(message);
}
