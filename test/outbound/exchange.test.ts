import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Lookup } from '../../src/outbound/destination.ts';
import { exchange } from '../../src/outbound/exchange.ts';
import type { FetchAnswer, FetchOrder } from '../../src/supervisor/ports/fetcher.ts';
import { webServer } from '../support/servers/web-server.ts';

type Own = Partial<FetchOrder> & { readonly url: string };

function ask(own: Own, lookup?: Lookup, signal = new AbortController().signal): Promise<FetchAnswer> {
  const { origin } = new URL(own.url);
  const order = { method: 'GET', headers: {}, body: null, timeoutMs: 5_000, allowedUrls: [origin], owner: 'a' };
  return exchange({ ...order, ...own }, signal, lookup);
}

/** Names that mean what the test says. Each lookup of a name takes the next of its addresses. */
function names(known: Readonly<Record<string, readonly (readonly string[])[]>>): Lookup {
  const asked = new Map<string, number>();
  const lookup = (name: string, _options: unknown, callback: (error: null, found: unknown) => void): void => {
    const count = asked.get(name) ?? 0;
    asked.set(name, count + 1);
    const found = known[name]?.[Math.min(count, (known[name]?.length ?? 1) - 1)] ?? [];
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return lookup as unknown as Lookup;
}

describe('a request', () => {
  test('sends what it is made of, and answers with status, headers and body', async () => {
    const server = await webServer((_seen, response) => {
      response.writeHead(201, { 'X-Answer': 'yes', 'set-cookie': ['a=b', 'c=d'], 'content-type': 'text/plain' });
      response.end('grüße 🔒');
    });
    const url = `${server.url}/path?q=1`;
    const answer = await ask({ url, method: 'POST', headers: { 'x-own': 'ü' }, body: 'körper' });
    expect(answer).toMatchObject({ status: 201, body: 'grüße 🔒', isTruncated: false });
    expect(answer.headers).toMatchObject({ 'x-answer': 'yes', 'content-type': 'text/plain' });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(server.seen).toMatchObject([{ method: 'POST', url: '/path?q=1', body: 'körper' }]);
    expect(server.seen[0]?.headers).toMatchObject({
      'x-own': 'ü',
      'content-length': '7',
      'user-agent': 'escapement',
      host: `127.0.0.1:${server.port}`,
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('cookie');
  });

  test('has one answer for an error of the server, too', async () => {
    const server = await webServer((_seen, response) => response.writeHead(503).end('busy'));
    expect(await ask({ url: server.url })).toMatchObject({ status: 503, body: 'busy' });
  });

  test('takes 992 KiB of a longer body, and says so', async () => {
    const server = await webServer(({ url }, response) =>
      response.end('é'.repeat(url === '/long' ? 600_000 : 507_904)),
    );
    const exact = await ask({ url: `${server.url}/exact` });
    expect([exact.body.length, exact.isTruncated]).toEqual([507_904, false]);
    const long = await ask({ url: `${server.url}/long` });
    expect([long.body.length, long.isTruncated]).toEqual([507_904, true]);
  });

  test('does not read on what is beyond, however much it is', async () => {
    const server = await webServer((_seen, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect((await ask({ url: server.url })).body).toHaveLength(992 * 1_024);
  });

  test('leaves out a character that is cut through', async () => {
    const server = await webServer((_seen, response) => response.end(`x${'é'.repeat(600_000)}`));
    const { body } = await ask({ url: server.url });
    expect(body).toBe(`x${'é'.repeat(507_903)}`);
  });

  test('reads the encoding that the server names, and UTF-8 when it names none that is known', async () => {
    const server = await webServer(({ url }, response) => {
      const charset = decodeURIComponent(url.slice(1));
      response.writeHead(200, { 'content-type': `text/plain; charset=${charset}` });
      response.end(Buffer.from([0x61, 0xe9]));
    });
    expect((await ask({ url: `${server.url}/iso-8859-1` })).body).toBe('aé');
    expect((await ask({ url: `${server.url}/unheard-of` })).body).toBe('a\ufffd');
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('unpacks %s, and counts what comes out', async (coding, pack) => {
    const server = await webServer(({ url }, response) => {
      response.writeHead(200, { 'content-encoding': coding });
      response.end(pack('x'.repeat(url === '/bomb' ? 20_000_000 : 5)));
    });
    const small = await ask({ url: server.url });
    expect(small.body).toBe('xxxxx');
    expect(small.headers).not.toHaveProperty('content-encoding');
    expect(await ask({ url: `${server.url}/bomb` })).toMatchObject({ isTruncated: true });
  });

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
    ['GET', 200],
  ])('has nothing to unpack in an answer without a body: to %s, with status %i', async (method, status) => {
    const server = await webServer((_seen, response) => {
      const length = method === 'HEAD' ? '25' : '0';
      const headers = { 'content-encoding': 'unheard-of, br, gzip', 'x-own': 'yes' };
      response.writeHead(status, status === 200 ? { ...headers, 'content-length': length } : headers).end();
    });
    const answer = await ask({ url: server.url, method });
    expect(answer).toMatchObject({ status, body: '', isTruncated: false, headers: { 'x-own': 'yes' } });
  });

  test.each([
    ['gzip, br', brotliCompressSync(gzipSync('hello'))],
    ['deflate,  GZIP', gzipSync(deflateSync('hello'))],
    ['x-gzip, deflate', deflateRawSync(gzipSync('hello'))],
    ['gzip, identity', gzipSync('hello')],
    ['identity', Buffer.from('hello')],
    [', gzip,', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['deflate', deflateRawSync('hello')],
    ['deflate', deflateRawSync(Buffer.from('hello'), { level: 0 })],
    ['gzip', Buffer.concat([gzipSync('hel'), gzipSync('lo')])],
  ])('undoes the codings "%s" from the last to the first', async (codings, packed) => {
    const server = await webServer((_seen, response) => {
      response.writeHead(200, { 'content-encoding': codings }).write(packed.subarray(0, 1));
      response.end(packed.subarray(1));
    });
    expect(await ask({ url: server.url })).toMatchObject({ status: 200, body: 'hello', isTruncated: false });
  });

  test('refuses a coding that it does not know, and more codings than anybody needs', async () => {
    const server = await webServer(({ url }, response) => {
      response.writeHead(200, { 'content-encoding': url === '/many' ? 'gzip,'.repeat(2_000) : 'zstd, gzip' });
      response.end(gzipSync('hello'));
    });
    const unknown = 'the body has the content coding "zstd", which cannot be unpacked';
    await expect(ask({ url: server.url })).rejects.toMatchObject({ fault: 'failed', message: unknown });
    await expect(ask({ url: `${server.url}/many` })).rejects.toThrow('the body is packed more than 5 times');
  });

  test('refuses a body that unpacks to much between two codings and to nothing in the end', async () => {
    const nothing = gzipSync('');
    const bomb = gzipSync(Buffer.concat(Array.from({ length: 200_000 }, () => nothing)));
    const server = await webServer(({ url }, response) => {
      const packed = url === '/text' ? gzipSync(gzipSync('x'.repeat(20_000_000))) : bomb;
      response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(packed);
    });
    await expect(ask({ url: server.url })).rejects.toThrow('are between two codings of the body');
    expect(await ask({ url: `${server.url}/text` })).toMatchObject({ isTruncated: true });
  });

  test('has the beginning of a packed body when the server does not end it', async () => {
    const packed = gzipSync(randomBytes(1_200_000), { level: 0 });
    const server = await webServer((_seen, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(packed);
    });
    expect(await ask({ url: server.url })).toMatchObject({ status: 200, isTruncated: true });
  });

  test('rejects when the answer breaks off, or is not what it says', async () => {
    const server = await webServer(({ url }, response) => {
      if (url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is not packed');
      else if (url === '/half') {
        const headers = { 'content-length': '1000', 'content-encoding': 'gzip' };
        response.writeHead(200, headers).write(gzipSync('half').subarray(0, 12), () => response.destroy());
      } else response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    });
    await expect(ask({ url: server.url })).rejects.toThrow('aborted');
    await expect(ask({ url: `${server.url}/half` })).rejects.toThrow('aborted');
    await expect(ask({ url: `${server.url}/packed` })).rejects.toThrow('incorrect header check');
  });

  test('rejects when the server changes the protocol, which is no answer', async () => {
    const server = await webServer((_seen, response) => {
      response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    });
    await expect(ask({ url: server.url })).rejects.toThrow('the server changed the protocol');
  });

  test('rejects when there is no server', async () => {
    const server = await webServer(() => {});
    await expect(ask({ url: 'http://127.0.0.1:1' })).rejects.toThrow('ECONNREFUSED');
    expect(server.seen).toEqual([]);
  });

  test('ends when it is aborted, whatever the server does', async () => {
    const controller = new AbortController();
    const server = await webServer(() => controller.abort(new Error('enough')));
    await expect(ask({ url: server.url }, undefined, controller.signal)).rejects.toThrow('aborted');
  });
});

describe('a redirect', () => {
  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
    [302, 'PUT', 'PUT', 'body'],
  ])('with status %i makes of %s a %s', async (status, method, then, body) => {
    const server = await webServer(({ url }, response) => {
      if (url === '/from') response.writeHead(status, { location: '/to#part' }).end();
      else response.end('there');
    });
    const headers = { 'content-type': 'text/plain', authorization: 'secret' };
    const answer = await ask({ url: `${server.url}/from`, method, headers, body: 'body' });
    expect(answer.body).toBe('there');
    expect(server.seen[1]).toMatchObject({ method: then, url: '/to', body, headers: { authorization: 'secret' } });
    expect(server.seen[1]?.headers['content-type']).toBe(then === 'GET' ? undefined : 'text/plain');
  });

  test('is followed five times and no more', async () => {
    const server = await webServer(({ url }, response) => {
      const count = Number(url.slice(1));
      if (count === 0) response.end('there');
      else response.writeHead(302, { location: `/${count - 1}` }).end();
    });
    expect((await ask({ url: `${server.url}/5` })).body).toBe('there');
    await expect(ask({ url: `${server.url}/6` })).rejects.toThrow('it was redirected more than 5 times');
    expect(server.seen).toHaveLength(12);
  });

  test('does not take a password to another host', async () => {
    const other = await webServer((_seen, response) => response.end('there'));
    const server = await webServer((_seen, response) => response.writeHead(307, { location: other.url }).end());
    const headers = { authorization: 'secret', 'x-own': 'kept' };
    await ask({ url: server.url, headers, allowedUrls: [server.url, other.url] });
    expect(other.seen[0]?.headers).toMatchObject({ 'x-own': 'kept' });
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each([
    ['to a host that is not allowed', 'http://127.0.0.2:PORT/in', 'it was redirected to http://127.0.0.2:'],
    ['to this machine by its name', 'http://localhost:PORT/in', 'it was redirected to http://localhost:'],
    ['out of the path', '/out', 'it was redirected to http://127.0.0.1:'],
    ['out of the path in a round-about way', '/in/..%2fout', 'it was redirected to http://127.0.0.1:'],
    ['with a password', 'http://user:secret@127.0.0.1:PORT/in', 'it was redirected to http://127.0.0.1:'],
    ['to a file', 'file:///etc/passwd', 'it was redirected to what is not an http: or https: URL'],
    ['to nowhere', 'http://[', 'it was redirected to what is not an http: or https: URL'],
  ])('%s is not followed', async (_what, location, message) => {
    const server = await webServer((_seen, response) => {
      response.writeHead(302, { location: location.replace('PORT', `${server.port}`) }).end();
    });
    await expect(ask({ url: `${server.url}/in/`, allowedUrls: [`${server.url}/in/`] })).rejects.toThrow(message);
    expect(server.seen).toHaveLength(1);
  });
});

describe('a name', () => {
  const cases = { 'private.example': '10.0.0.1', 'metadata.example': '169.254.169.254', 'v6.example': '::1' };

  test.each(Object.entries(cases))('%s that leads to %s is refused', async (name, address) => {
    const lookup = names({ [name]: [[address]] });
    await expect(ask({ url: `http://${name}/` }, lookup)).rejects.toMatchObject({
      fault: 'denied',
      message: `${name} has the address ${address}, which is not public: permissions.allowedUrls must name such an address itself`,
    });
  });

  test.each(['nip.example', 'x.localhost', 'localhost.example'])(
    '%s that leads to this machine is refused',
    async (name) => {
      const server = await webServer((_seen, response) => response.end('inside'));
      const lookup = names({ [name]: [['127.0.0.1', '::1', '::ffff:127.0.0.1']] });
      await expect(ask({ url: `http://${name}:${server.port}/` }, lookup)).rejects.toMatchObject({ fault: 'denied' });
      expect(server.seen).toEqual([]);
    },
  );

  test('is judged where it is used: what it means a moment later leads nowhere', async () => {
    const server = await webServer((_seen, response) => response.end('inside'));
    const lookup = names({ 'rebinding.example': [['10.0.0.1'], ['127.0.0.1']] });
    const url = `http://rebinding.example:${server.port}/`;
    for (let count = 0; count < 2; count += 1) {
      await expect(ask({ url }, lookup)).rejects.toMatchObject({ fault: 'denied' });
    }
    expect(server.seen).toEqual([]);
  });

  test('that a redirect leads to is judged, too', async () => {
    const server = await webServer((_seen, response) => {
      response.writeHead(302, { location: `http://inside.example:${server.port}/` }).end();
    });
    const lookup = names({ 'inside.example': [['127.0.0.1']] });
    const allowedUrls = [server.url, `http://inside.example:${server.port}`];
    await expect(ask({ url: server.url, allowedUrls }, lookup)).rejects.toMatchObject({ fault: 'denied' });
    expect(server.seen).toHaveLength(1);
  });

  test('localhost is this machine when an allowed URL names it, and nothing else', async () => {
    const server = await webServer((_seen, response) => response.end('inside'));
    const url = `http://localhost:${server.port}/`;
    expect((await ask({ url }, names({ localhost: [['::1', '127.0.0.1', '10.0.0.1']] }))).body).toBe('inside');
    await expect(ask({ url }, names({ localhost: [['10.0.0.1']] }))).rejects.toMatchObject({ fault: 'denied' });
  });

  test.each(['127.0.0.1', '0x7f000001', '2130706433', '0177.0.0.1', '127.1', '127.0.0.1.'])(
    'in place of the address that is allowed may be spelled %s',
    async (host) => {
      const server = await webServer((_seen, response) => response.end('inside'));
      const url = `http://${host}:${server.port}/`;
      expect((await ask({ url, allowedUrls: [server.url] })).body).toBe('inside');
      await expect(ask({ url, allowedUrls: [`http://localhost:${server.port}`] })).rejects.toMatchObject({
        fault: 'denied',
      });
    },
  );

  test('without an address is refused', async () => {
    await expect(ask({ url: 'http://empty.example/' }, names({}))).rejects.toThrow('empty.example has no address');
  });
});
