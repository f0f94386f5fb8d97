import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { RemoteScheduler } from '../../../src/cli/remote/remote-scheduler.ts';
import { RunWatch } from '../../../src/cli/remote/run-watch.ts';
import { recordOf } from '../../support/ledger-entries.ts';

test('a stream that ends at once is opened once a second, and not as fast as it can be', async () => {
  let openings = 0;
  const server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/api/events')) {
      openings += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': hello\n\n');
      return;
    }
    const run = openings === 3 ? recordOf('run', 1_000) : null;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ run, live: null }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const remote = new RemoteScheduler({ url, text: url.href });
  const startedAtMs = performance.now();
  const watch = await RunWatch.open(remote, { topics: ['run'] });
  expect(await watch.end({ runId: 'run' })).toMatchObject({ kind: 'ended', run: { runId: 'run' } });
  // It cannot have been faster: a pause of a second lies before each of the two other openings.
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(2_000);
  expect(openings).toBe(3);
  watch.close();
});
