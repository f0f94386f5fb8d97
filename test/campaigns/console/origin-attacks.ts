/** Requests that browsers send for other sites, under other names, or by other methods. */
import { type Attack, oneRequest, PAUSE, TRIGGER } from './attack.ts';

const HOSTS = [
  'evil.example',
  'evil.example:80',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'localhost:80@evil.example',
  'evil.example#localhost',
  'evil.example/localhost',
  'localhost, evil.example',
  '127.0.0.1\tevil.example',
  '0x7f.1',
  '2130706433',
  '0.0.0.0',
  '[::]',
  '[::ffff:192.0.2.1]',
  '192.0.2.1',
  '',
];

const ORIGINS = [
  'Origin: http://evil.example',
  'Origin: https://evil.example',
  'Origin: null',
  'Origin: ',
  'Origin: http://localhost',
  'Origin: http://127.0.0.1:1',
  'Origin: http://127.0.0.1.evil.example',
  'Origin: file://',
  'Origin: chrome-extension://abcdefgh',
  'Origin: javascript:alert(1)',
  'Origin: not a url',
  'Sec-Fetch-Site: cross-site',
  'Sec-Fetch-Site: same-site',
  'Sec-Fetch-Site: nonsense',
  'Sec-Fetch-Site: same-origin, cross-site',
];

const METHODS: readonly (readonly [name: string, method: string, headers?: readonly string[]])[] = [
  ['GET to change', 'GET'],
  ['HEAD to change', 'HEAD'],
  ['PUT', 'PUT'],
  ['PATCH', 'PATCH'],
  ['DELETE', 'DELETE'],
  ['OPTIONS', 'OPTIONS', ['Origin: http://evil.example', 'Access-Control-Request-Method: POST']],
  ['TRACE', 'TRACE'],
  ['PROPFIND', 'PROPFIND'],
  ['post', 'post'],
  ['PoSt', 'PoSt'],
  ['a method of its own', 'TRIGGER'],
  ['override header', 'GET', ['X-HTTP-Method-Override: POST']],
  ['override header of another name', 'GET', ['X-Method-Override: POST', 'X-HTTP-Method: POST']],
];

export const ORIGIN_ATTACKS: readonly Attack[] = [
  ...HOSTS.flatMap((host) =>
    (['GET', 'POST'] as const).map((method) =>
      oneRequest({
        kind: 'hosts',
        name: `${method} as ${JSON.stringify(host)}`,
        on: 'open',
        wire: { method, path: method === 'GET' ? '/api/overview' : TRIGGER, headers: [`Host: ${host}`] },
        judge: (answers) => (answers.includes('"scheduleCount"') ? 'it answered under another name' : null),
      }),
    ),
  ),
  ...ORIGINS.flatMap((header) => [
    oneRequest({
      kind: 'origins',
      name: `POST with ${header}`,
      on: 'open',
      wire: { method: 'POST', path: TRIGGER, headers: [header] },
    }),
    oneRequest({
      kind: 'origins',
      name: `GET with ${header}`,
      on: 'open',
      wire: { path: '/api/overview', headers: [header] },
      judge: (answers) => (answers.includes('"scheduleCount"') ? 'another site could ask' : null),
    }),
  ]),
  oneRequest({
    kind: 'origins',
    name: 'two origins',
    on: 'open',
    wire: { method: 'POST', path: TRIGGER, headers: ['Origin: http://evil.example', 'Origin: http://localhost'] },
  }),
  oneRequest({
    kind: 'origins',
    name: 'a form that looks like JSON',
    on: 'open',
    wire: {
      method: 'POST',
      path: PAUSE,
      headers: ['Origin: http://evil.example', 'Content-Type: text/plain'],
      body: '{"note":"="}',
    },
  }),
  ...METHODS.map(([name, method, headers = []]) =>
    oneRequest({ kind: 'methods', name, on: 'open', wire: { method, path: `${TRIGGER}?_method=POST`, headers } }),
  ),
  ...['trigger', 'pause', 'resume', 'position'].map((action) =>
    oneRequest({
      kind: 'methods',
      name: `${action} where nobody may act`,
      on: 'read-only',
      wire: {
        method: 'POST',
        path: TRIGGER.replace('trigger', action),
        headers: ['Content-Type: application/json'],
        body: action === 'position' ? '{"at":0}' : '{}',
      },
    }),
  ),
];
