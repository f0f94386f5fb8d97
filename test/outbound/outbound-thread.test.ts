import type { ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OutboundThread } from '../../src/outbound/outbound-thread.ts';
import type { FetchOrder } from '../../src/supervisor/ports/fetcher.ts';
import { type WebServer, webServer } from '../support/servers/web-server.ts';

function newThread(entryUrl?: URL): OutboundThread {
  const thread = new OutboundThread(entryUrl);
  onTestFinished(() => thread.close());
  return thread;
}

function orderOf({ url }: Pick<WebServer, 'url'>, own: Partial<FetchOrder> = {}): FetchOrder {
  return { url, method: 'GET', headers: {}, body: null, timeoutMs: 10_000, allowedUrls: [url], owner: 'a', ...own };
}

/** A server that holds its answers, and resolves when it has so many requests. */
async function holdingServer() {
  const held: ServerResponse[] = [];
  const wanted: { count: number; resolve: () => void }[] = [];
  const closed: Promise<void>[] = [];
  const server = await webServer((_seen, response) => {
    held.push(response);
    closed.push(new Promise((resolve) => response.on('close', resolve)));
    for (const each of wanted) if (held.length >= each.count) each.resolve();
  });
  const whenHeld = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (held.length >= count) resolve();
      else wanted.push({ count, resolve });
    });
  return { ...server, held, closed, whenHeld };
}

describe('the thread that makes requests', () => {
  test('starts with the first one, and answers each', async () => {
    const server = await webServer(({ url }, response) => response.end(url));
    const thread = newThread();
    const answers = ['/a', '/b', '/c'].map((path) => thread.fetch(orderOf(server, { url: `${server.url}${path}` })));
    expect(await Promise.all(answers.map(async ({ answer }) => answer))).toMatchObject([
      { status: 200, body: '/a' },
      { status: 200, body: '/b' },
      { status: 200, body: '/c' },
    ]);
  });

  test('answers with the reason when there is no answer', async () => {
    const thread = newThread();
    const server = await holdingServer();
    const late = thread.fetch(orderOf(server, { timeoutMs: 200 })).answer;
    const forbidden = thread.fetch(orderOf(server, { allowedUrls: ['http://127.0.0.2'] })).answer;
    const refused = thread.fetch(orderOf({ url: 'http://127.0.0.1:1' })).answer;
    expect(await late).toEqual({ fault: 'failed', reason: 'no answer within 200 ms' });
    expect(await forbidden).toMatchObject({ fault: 'denied', reason: expect.stringContaining('may not ask for') });
    expect(await refused).toMatchObject({ fault: 'failed', reason: expect.stringContaining('ECONNREFUSED') });
    await server.closed[0];
  });

  test('makes eight requests of an owner at a time, and lets those of others pass', async () => {
    const server = await holdingServer();
    const other = await webServer((_seen, response) => response.end('at once'));
    const thread = newThread();
    const answers = Array.from({ length: 10 }, () => thread.fetch(orderOf(server)).answer);
    await server.whenHeld(8);
    expect(await thread.fetch(orderOf(other, { owner: 'b' })).answer).toMatchObject({ body: 'at once' });
    expect(server.held).toHaveLength(8);
    server.held[3]?.end('first');
    await server.whenHeld(9);
    for (const response of server.held) response.end();
    await server.whenHeld(10);
    server.held[9]?.end();
    expect(await Promise.all(answers)).toHaveLength(10);
  });

  test('lets the time of a request run while it waits for its turn', async () => {
    const server = await holdingServer();
    const thread = newThread();
    for (let count = 0; count < 8; count += 1) void thread.fetch(orderOf(server)).answer.catch(() => {});
    await server.whenHeld(8);
    expect(await thread.fetch(orderOf(server, { timeoutMs: 100 })).answer).toEqual({
      fault: 'failed',
      reason: 'it was not sent within 100 ms, because other requests had to end first',
    });
    expect(server.held).toHaveLength(8);
  });

  test('makes the first request of an owner however many others wait for servers that do not answer', async () => {
    const server = await holdingServer();
    const other = await webServer((_seen, response) => response.end('at once'));
    const thread = newThread();
    const owners = Array.from({ length: 8 }, (_, index) => `slow ${index}`);
    const slow = owners.flatMap((owner) => Array.from({ length: 10 }, () => thread.fetch(orderOf(server, { owner }))));
    for (const { answer } of slow) answer.catch(() => {});
    await server.whenHeld(64);
    for (const owner of ['b', 'c', 'b']) {
      expect(await thread.fetch(orderOf(other, { owner })).answer).toMatchObject({ body: 'at once' });
    }
    expect(server.held).toHaveLength(64);
    const held = thread.fetch(orderOf(server, { owner: 'b' }));
    held.answer.catch(() => {});
    await server.whenHeld(65);
    const second = thread.fetch(orderOf(other, { owner: 'b' })).answer;
    expect(await thread.fetch(orderOf(other, { owner: 'c' })).answer).toMatchObject({ body: 'at once' });
    expect(other.seen).toHaveLength(4);
    held.cancel();
    expect(await second).toMatchObject({ body: 'at once' });
  });

  test('closes the connection of a request that is cancelled', async () => {
    const server = await holdingServer();
    const thread = newThread();
    const { answer, cancel } = thread.fetch(orderOf(server));
    const rejected = expect(answer).rejects.toThrow('the run has ended');
    await server.whenHeld(1);
    cancel();
    await rejected;
    await server.closed[0];
    expect(await thread.fetch(orderOf({ url: 'http://127.0.0.1:1' })).answer).toMatchObject({ fault: 'failed' });
  });

  test('that dies is replaced with the next request', async () => {
    const thread = newThread(new URL('../fixtures/programs/dying-outbound.ts', import.meta.url));
    const order = orderOf({ url: 'http://127.0.0.1:1' });
    await expect(thread.fetch(order).answer).rejects.toThrow('the thread that makes requests died: out of luck');
    await expect(thread.fetch({ ...order, method: 'POST' }).answer).resolves.toMatchObject({ status: 204 });
  });

  test('takes nothing any more when it is closed, and leaves nobody waiting', async () => {
    const server = await holdingServer();
    const thread = newThread();
    const waiting = expect(thread.fetch(orderOf(server)).answer).rejects.toThrow('the scheduler was stopped');
    await server.whenHeld(1);
    await thread.close();
    await waiting;
    await expect(thread.fetch(orderOf(server)).answer).rejects.toThrow('the scheduler was stopped');
  });
});
