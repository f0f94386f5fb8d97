/**
 * The console's thread. It asks the supervisor thread itself, so that it answers while the host's event loop is blocked.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PortSource } from '../host/console/port-source.ts';
import type { ConsoleThreadData, FromConsole, ToConsole } from '../host/console/protocol.ts';
import { errorRecord } from '../wire/error-record.ts';
import { serveConsole } from './http/serve.ts';

const { config } = workerData as ConsoleThreadData;
const source = new PortSource();
const served = serveConsole(source, config);

parentPort?.on('message', (message: ToConsole) => {
  if (message.kind === 'supervisor') source.connect(message.port);
  else void close();
});
served.then(
  ({ url, socket }) => post({ kind: 'listening', url, socket }),
  (error: unknown) => {
    post({ kind: 'refused', error: errorRecord(error) });
    parentPort?.close();
  },
);

async function close(): Promise<void> {
  source.close();
  // What was refused is said already.
  await served.then((serving) => serving.close()).catch(() => {});
  parentPort?.close();
}

function post(message: FromConsole): void {
  parentPort?.postMessage(message);
}
