import { type Attack, attacksOf, calling, type Surroundings } from '../attack.ts';

type Url = (around: Surroundings) => unknown;

/** Spellings of the server that is not granted, and ways out of the granted path. */
const FORBIDDEN: Readonly<Record<string, Url>> = {
  'another path': ({ port }) => `http://127.0.0.1:${port}/secret`,
  'the granted path without its slash': ({ port }) => `http://127.0.0.1:${port}/allowed`,
  'the granted path in another case': ({ port }) => `http://127.0.0.1:${port}/ALLOWED/secret`,
  'a path that only begins so': ({ port }) => `http://127.0.0.1:${port}/allowed-not/`,
  'steps upwards': ({ port }) => `http://127.0.0.1:${port}/allowed/../secret`,
  'steps upwards, encoded': ({ port }) => `http://127.0.0.1:${port}/allowed/%2e%2e/secret`,
  'steps upwards with an encoded slash': ({ port }) => `http://127.0.0.1:${port}/allowed/..%2fsecret`,
  'steps upwards, encoded twice': ({ port }) => `http://127.0.0.1:${port}/allowed/%252e%252e%252fsecret`,
  'steps upwards with a semicolon': ({ port }) => `http://127.0.0.1:${port}/allowed/..;/secret`,
  'steps upwards with backslashes': ({ port }) => `http://127.0.0.1:${port}/allowed\\..\\secret`,
  'steps upwards, cut off by NUL': ({ port }) => `http://127.0.0.1:${port}/allowed/..%00/secret`,
  'another port': ({ otherPort }) => `http://127.0.0.1:${otherPort}/allowed/`,
  'the address as one number': ({ otherPort }) => `http://2130706433:${otherPort}/`,
  'the address in hexadecimal': ({ otherPort }) => `http://0x7f000001:${otherPort}/`,
  'the address in octal': ({ otherPort }) => `http://0177.0.0.1:${otherPort}/`,
  'a short address': ({ otherPort }) => `http://127.1:${otherPort}/`,
  'another loopback address': ({ port }) => `http://127.0.0.2:${port}/allowed/`,
  'the address of any interface': ({ port }) => `http://0.0.0.0:${port}/allowed/`,
  IPv6: ({ port }) => `http://[::1]:${port}/allowed/`,
  'IPv4 in IPv6': ({ port }) => `http://[::ffff:127.0.0.1]:${port}/allowed/`,
  'IPv4 in IPv6, in hexadecimal': ({ port }) => `http://[::ffff:7f00:1]:${port}/allowed/`,
  'the name of the machine': ({ port }) => `http://localhost:${port}/allowed/`,
  'the name with the dot of the root': ({ port }) => `http://localhost.:${port}/allowed/`,
  'full-width digits': ({ otherPort }) => `http://１２７.０.０.１:${otherPort}/`,
  'a user that looks like the host': ({ port, otherPort }) =>
    `http://127.0.0.1:${port}@127.0.0.1:${otherPort}/allowed/`,
  'a user': ({ port }) => `http://root@127.0.0.1:${port}/allowed/`,
  'another scheme': ({ port }) => `https://127.0.0.1:${port}/allowed/`,
  'a file': ({ closedFolder }) => `file://${closedFolder}/secret.txt`,
  data: () => 'data:text/plain,secret',
  'the credentials of a cloud': () => 'http://169.254.169.254/latest/meta-data/',
  'a list': ({ port }) => [`http://127.0.0.1:${port}/allowed/`],
  'an object': ({ port }) => ({ href: `http://127.0.0.1:${port}/allowed/` }),
  nothing: () => null,
  'a megabyte': ({ port }) => `http://127.0.0.1:${port}/allowed/${'a'.repeat(60_000)}`,
};

/** Where the granted server sends a request that it answers with a redirect. */
const REDIRECTS: Readonly<Record<string, Url>> = {
  'to another path': () => '/secret',
  'to a path upwards': () => '../secret',
  'to another port': ({ otherPort }) => `http://127.0.0.1:${otherPort}/`,
  'without a scheme': ({ otherPort }) => `//127.0.0.1:${otherPort}/`,
  'to a number': ({ otherPort }) => `http://2130706433:${otherPort}/`,
  'to a file': ({ closedFolder }) => `file://${closedFolder}/secret.txt`,
  'to itself, for ever': () => '/allowed/loop?to=%2Fallowed%2Floop',
  'to a redirect to another port': ({ otherPort }) =>
    `/allowed/redirect?to=${encodeURIComponent(`http://127.0.0.1:${otherPort}/`)}`,
};

/** What else of a request could be turned against the server, or the network. */
const REQUESTS: Readonly<Record<string, object>> = {
  'with another host': { headers: { host: '127.0.0.1:1' } },
  'with a cookie': { headers: { cookie: 'session=1' } },
  'with a header that breaks the line': { headers: { 'x-a': 'b\r\nx-secret: 1' } },
  'with a header whose name breaks the line': { headers: { 'x-a: b\r\nx-secret': '1' } },
  'with two lengths': { method: 'POST', headers: { 'content-length': '0' }, body: 'GET /secret HTTP/1.1\r\n\r\n' },
  'with chunks of its own': {
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
    body: '0\r\n\r\nGET /secret',
  },
  'with CONNECT': { method: 'CONNECT' },
  'with TRACE': { method: 'TRACE' },
  'with a method that breaks the line': { method: 'GET /secret HTTP/1.1\r\n' },
  'with an unknown field': { proxy: 'http://127.0.0.1:1' },
  'that upgrades': { headers: { connection: 'upgrade', upgrade: 'websocket' } },
};

export const URLS: readonly Attack[] = [
  ...attacksOf(
    'urls',
    'narrow',
    each(FORBIDDEN, (url) => [{ url }]),
  ),
  ...attacksOf('redirects', 'narrow', {
    ...Object.fromEntries(
      Object.entries(REDIRECTS).map(([name, url]) => [
        name,
        calling('fetch', (around: Surroundings) => {
          const to = encodeURIComponent(`${url(around)}`);
          return [{ url: `http://127.0.0.1:${around.port}/allowed/redirect?to=${to}` }];
        }),
      ]),
    ),
  }),
  ...attacksOf('requests', 'narrow', {
    ...Object.fromEntries(
      Object.entries(REQUESTS).map(([name, request]) => [
        name,
        calling('fetch', ({ port }: Surroundings) => [{ url: `http://127.0.0.1:${port}/allowed/`, ...request }]),
      ]),
    ),
  }),
  ...attacksOf('urls', 'nothing', {
    'what others are granted': calling('fetch', ({ port }: Surroundings) => [
      { url: `http://127.0.0.1:${port}/allowed/` },
    ]),
    'a public page': calling('fetch', [{ url: 'https://example.com/' }]),
  }),
];

function each(
  urls: Readonly<Record<string, Url>>,
  argumentsOf: (url: unknown) => unknown,
): Record<string, Attack['guest']> {
  const entries = Object.entries(urls).map(
    ([name, url]) => [name, calling('fetch', (around: Surroundings) => argumentsOf(url(around)))] as const,
  );
  return Object.fromEntries(entries);
}
