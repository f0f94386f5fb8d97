/** HTTP that is not quite HTTP, and requests that hide in others. */
import { type Attack, PAUSE, requestText, sendBytes, type Target, TRIGGER } from './attack.ts';

type Bytes = (target: Target) => string | Uint8Array;

/** The request that must not be executed. By itself, at this door, it would be. */
const hidden = (target: Target): string => requestText(target, { method: 'POST', path: TRIGGER });

function smuggling(name: string, headers: readonly string[], body: Bytes): Attack {
  return {
    kind: 'smuggling',
    name,
    on: 'open',
    send: (target) =>
      sendBytes(
        target,
        requestText(target, {
          method: 'POST',
          path: PAUSE,
          // The outer request comes from another site, so that it does nothing itself.
          headers: ['Origin: http://evil.example', 'Connection: close', ...headers],
          body: String(body(target)),
        }),
      ),
  };
}

function strange(name: string, bytes: Bytes): Attack {
  return { kind: 'strange HTTP', name, on: 'token', send: (target) => sendBytes(target, bytes(target)) };
}

const get =
  (line: string, ...headers: readonly string[]): Bytes =>
  (target) =>
    [line, `Host: ${target.host}`, ...headers, 'Connection: close', '', ''].join('\r\n');

export const WIRE_ATTACKS: readonly Attack[] = [
  smuggling(
    'a length and chunks',
    ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    (target) => `0\r\n\r\n${hidden(target)}`,
  ),
  smuggling(
    'chunks and a length',
    ['Transfer-Encoding: chunked', 'Content-Length: 6'],
    (target) => `0\r\n\r\n${hidden(target)}`,
  ),
  smuggling('two lengths', ['Content-Length: 0', 'Content-Length: 500'], hidden),
  smuggling('two lengths in one', ['Content-Length: 0, 500'], hidden),
  smuggling('chunks by another name', ['Transfer-Encoding: xchunked'], (target) => `0\r\n\r\n${hidden(target)}`),
  smuggling(
    'chunks twice',
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    (target) => `0\r\n\r\n${hidden(target)}`,
  ),
  smuggling('chunks, then more', ['Transfer-Encoding: chunked, identity'], (target) => `0\r\n\r\n${hidden(target)}`),
  smuggling('a blank before the colon', ['Transfer-Encoding : chunked'], (target) => `0\r\n\r\n${hidden(target)}`),
  smuggling(
    'a tab before chunks',
    ['Transfer-Encoding:\tchunked', 'Content-Length: 5'],
    (target) => `0\r\n\r\n${hidden(target)}`,
  ),
  smuggling('a folded header', ['X: y', ' Transfer-Encoding: chunked'], (target) => `0\r\n\r\n${hidden(target)}`),
  smuggling('a chunk without an end', ['Transfer-Encoding: chunked'], (target) => `0\r\nX: y\r\n${hidden(target)}`),
  smuggling('a chunk of 2^64', ['Transfer-Encoding: chunked'], (target) => `10000000000000000\r\n${hidden(target)}`),
  smuggling('a chunk below zero', ['Transfer-Encoding: chunked'], (target) => `-1\r\n${hidden(target)}`),
  smuggling(
    'a chunk with a long extension',
    ['Transfer-Encoding: chunked'],
    (target) => `1;${'x'.repeat(20_000)}\r\nx\r\n0\r\n\r\n${hidden(target)}`,
  ),
  smuggling('a length with a line end in it', ['Content-Length: 0\nX: y'], hidden),
  smuggling('after an upgrade', ['Connection: Upgrade', 'Upgrade: h2c'], hidden),

  strange('nothing but a line end', () => '\r\n\r\n'),
  strange('random bytes', () => Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 7_919) % 256))),
  strange('zeros', () => Buffer.alloc(100_000)),
  strange('a greeting of TLS', () => Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])),
  strange('the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  strange('HTTP/0.9', () => 'GET /api/overview\r\n'),
  strange('HTTP/1.0', () => 'GET /api/overview HTTP/1.0\r\n\r\n'),
  strange('HTTP/3.7', get('GET /api/overview HTTP/3.7')),
  strange('no host', () => 'GET /api/overview HTTP/1.1\r\nConnection: close\r\n\r\n'),
  strange('two hosts', get('GET /api/overview HTTP/1.1', 'Host: localhost')),
  strange('an absolute address', get('GET http://localhost/api/overview HTTP/1.1')),
  strange('an address with a name and a password', get('GET http://a:b@localhost/api/overview HTTP/1.1')),
  strange('an address of another scheme', get('GET gopher://localhost/api/overview HTTP/1.1')),
  strange('a tunnel', get('CONNECT 127.0.0.1:22 HTTP/1.1')),
  strange(
    'a web socket',
    get(
      'GET /api/events HTTP/1.1',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ),
  ),
  strange('a path of 100,000 bytes', get(`GET /${'a'.repeat(100_000)} HTTP/1.1`)),
  strange('a path of 10,000 bytes', get(`GET /api/overview?${'a'.repeat(10_000)} HTTP/1.1`)),
  strange('10,000 fields in the query', get(`GET /api/overview?${'a=1&'.repeat(3_000)} HTTP/1.1`)),
  strange('a header of 100,000 bytes', get('GET /api/overview HTTP/1.1', `X: ${'a'.repeat(100_000)}`)),
  strange(
    '5,000 headers',
    get('GET /api/overview HTTP/1.1', ...Array.from({ length: 5_000 }, (_, at) => `X-${at}: y`)),
  ),
  strange('a zero byte in a header', get('GET /api/overview HTTP/1.1', 'X: a\u0000b')),
  strange('a zero byte in the path', get('GET /api\u0000/overview HTTP/1.1')),
  strange('a line end in the path', get('GET /api/overview%0d%0aSet-Cookie:%20a=b HTTP/1.1')),
  strange('a bare line feed', (target) => `GET /api/overview HTTP/1.1\nHost: ${target.host}\nConnection: close\n\n`),
  strange(
    'an expectation',
    get('POST /api/schedules/a/trigger HTTP/1.1', 'Expect: the-unexpected', 'Content-Length: 5'),
  ),
  strange(
    'a wish to go on',
    get('POST /api/schedules/a/trigger HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 5'),
  ),
  strange('ranges', get('GET / HTTP/1.1', `Range: bytes=${'0-,'.repeat(1_000)}0-`)),
  strange('every encoding', get('GET / HTTP/1.1', `Accept-Encoding: ${'br;q=0.1,'.repeat(1_000)}*`)),
  strange('5,000 requests at once', (target) =>
    requestText(target, { path: '/api/overview', headers: ['Connection: keep-alive'] }).repeat(5_000),
  ),
];
