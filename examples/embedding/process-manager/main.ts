/**
 * A server as process managers want it (systemd, PM2, Kubernetes, Docker): it says when it is ready, it ends with 0 at
 * SIGTERM and SIGINT after the runs in progress, and a second signal ends it at once.
 * `node examples/embedding/process-manager/main.ts`
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createScheduler } from '../../../src/index.ts';
import { answer, DRAIN_MS, PORT, SCHEDULER, say } from '../application.ts';

const scheduler = await createScheduler(SCHEDULER);
await scheduler.start();
const server = createServer((request, response) => answer(scheduler, request, response));
server.listen(PORT, '127.0.0.1', () => {
  say((server.address() as AddressInfo).port);
  // PM2 waits for it with `wait_ready`.
  process.send?.('ready');
});

let isEnding = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, async () => {
    if (isEnding) process.exit(1);
    isEnding = true;
    // First no request comes any more, and those in progress are answered. Then the runs have their time.
    await new Promise((closed) => server.close(closed));
    const { killed } = await scheduler.stop({ drainMs: DRAIN_MS });
    process.exit(killed.length === 0 ? 0 : 1);
  });
}
