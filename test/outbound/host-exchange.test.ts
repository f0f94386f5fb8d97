import { describe, expect, test } from 'vitest';
import { type HostOrder, hostExchange } from '../../src/outbound/host-exchange.ts';
import { webServer } from '../support/servers/web-server.ts';

const never = new AbortController().signal;
const order = (url: string, own: Partial<HostOrder> = {}): HostOrder => ({
  url,
  method: 'POST',
  headers: {},
  body: 'news',
  ...own,
});

describe('a request of the host', () => {
  test('reaches a name that means this machine', async () => {
    const server = await webServer((_seen, response) => response.writeHead(202, { 'retry-after': '7' }).end());
    const url = `http://localhost:${server.port}/hook`;
    const ipv4Only = await hostExchange(order(server.url), never);
    expect(ipv4Only).toEqual({ status: 202, retryAfter: '7' });
    expect(await hostExchange(order(url), never)).toEqual({ status: 202, retryAfter: '7' });
    expect(server.seen).toMatchObject([{ method: 'POST', body: 'news' }, { url: '/hook' }]);
  });

  test('follows a redirect that keeps the origin and the body', async () => {
    const server = await webServer(({ url }, response) =>
      url === '/' ? response.writeHead(308, { location: '/moved' }).end() : response.end(),
    );
    expect(await hostExchange(order(server.url), never)).toEqual({ status: 200, retryAfter: null });
    expect(server.seen.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST / news',
      'POST /moved news',
    ]);
  });

  test.each([
    ['to another origin', 307, 'http://127.0.0.1:9/', 'it was redirected to another origin'],
    ['to another protocol', 307, 'ftp://127.0.0.1/', 'it was redirected to what is not an http: or https: URL'],
    ['in a way that loses the body', 303, '/moved', 'it was redirected without its body'],
    ['for ever', 307, '/again', 'it was redirected too often'],
  ])('is not redirected %s', async (_how, status, location, reason) => {
    const server = await webServer((_seen, response) => response.writeHead(status, { location }).end());
    await expect(hostExchange(order(server.url), never)).rejects.toThrow(reason);
  });

  test('has its answer when the body breaks off', async () => {
    const server = await webServer((_seen, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('begun', () => response.destroy());
    });
    expect(await hostExchange(order(server.url), never)).toEqual({ status: 200, retryAfter: null });
  });

  test('has its answer when the body never ends, and closes the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const server = await webServer((_seen, response) => {
      response.on('close', closed.resolve);
      response.writeHead(200).write('begun');
    });
    expect(await hostExchange(order(server.url), never)).toEqual({ status: 200, retryAfter: null });
    await closed.promise;
  });

  test('rejects when its signal is aborted, and when nobody listens', async () => {
    const controller = new AbortController();
    const server = await webServer(() => controller.abort(new Error('too late')));
    await expect(hostExchange(order(server.url), controller.signal)).rejects.toThrow();
    await expect(hostExchange(order('http://127.0.0.1:9/'), never)).rejects.toThrow('ECONNREFUSED');
  });
});
