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
const server = createServer((request, response) => answer(scheduler, request, response));

// A signal may come before the start is over. As PID 1 a process would not even end by it without a handler.
let isEnding = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, async () => {
    if (isEnding) process.exit(1);
    isEnding = true;
    // No request comes any more, and while those in progress are answered, the runs have their time.
    server.close();
    const { killed } = await scheduler.stop({ drainMs: DRAIN_MS });
    // A connection that stays open, as that of a page that listens for events, is not waited for.
    process.exit(killed.length === 0 ? 0 : 1);
  });
}

await scheduler.start();
if (!isEnding) {
  server.listen(PORT, '127.0.0.1', () => {
    say((server.address() as AddressInfo).port);
    // PM2 waits for it with `wait_ready`.
    process.send?.('ready');
  });
}
