/** Paths that lead out of the page's folder, or around a door. */
import { type Attack, oneRequest, TAG, TOKEN } from './attack.ts';

const TRAVERSALS = [
  '/../secret.txt',
  '/../../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/.%2e/secret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/%252e%252e%252fsecret.txt',
  '/....//secret.txt',
  '/..;/secret.txt',
  '/assets/../../secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/./../secret.txt',
  '//../secret.txt',
  '/%c0%ae%c0%ae/secret.txt',
  '/%e0%80%ae%e0%80%ae/secret.txt',
  '/%uff0e%uff0e/secret.txt',
  '/..%00/secret.txt',
  '/index.html%00/../../secret.txt',
  '/link.txt',
  '/secret.txt',
  '/%2fetc%2fpasswd',
  '//etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  '/api/../../secret.txt',
  '/api/schedules/..%2f..%2f..%2fsecret.txt',
  '/proc/self/environ',
];

/** Spellings of guarded paths, and guarded paths behind others that are open to everybody. */
const DETOURS = [
  '/api/overview/',
  '/api//overview',
  '//api/overview',
  '/API/overview',
  '/api/overview;/healthz',
  '/api/overview%00/healthz',
  '/api/overview?/healthz',
  '/api/%6fverview',
  '/%61pi/overview',
  '/healthz/../api/overview',
  '/healthz/%2e%2e/api/overview',
  '/healthz%2f..%2fapi%2foverview',
  '/healthz/api/overview',
  '/healthz?next=/api/overview',
  '/sign-in/../api/overview',
  '/./api/overview',
  '/metrics',
  '/metrics/',
  '/api/openapi.json',
  '/index.html',
  '/page-BxW3kd9a.js',
  'http://127.0.0.1/api/overview',
  '*',
];

const redirects = [
  '//evil.example/',
  '/\\evil.example/',
  '/%2f%2fevil.example/',
  '///evil.example/',
  '/%0d%0aSet-Cookie:x/',
];

export const PATH_ATTACKS: readonly Attack[] = [
  ...TRAVERSALS.map((path) => oneRequest({ kind: 'paths', name: path, on: 'page', wire: { path } })),
  ...DETOURS.flatMap((path) =>
    (['token', 'mounted'] as const).map((on) =>
      oneRequest({ kind: 'detours', name: `${path} (${on})`, on, wire: { path } }),
    ),
  ),
  ...redirects.map((path) =>
    oneRequest({
      kind: 'redirects',
      name: path,
      on: 'token',
      // The right token is used here: what matters is where it leads.
      wire: { path: `${path}?token=${TOKEN}` },
      judge: (answers) => {
        const [, location] = /^location: (.*)$/im.exec(answers) ?? [];
        if (location === undefined) return null;
        const to = new URL(location, 'http://target.example/');
        return to.host === 'target.example' && !/^set-cookie:x/im.test(answers) ? null : `it led to ${location}`;
      },
    }),
  ),
  oneRequest({
    kind: 'redirects',
    name: 'a tag as the token',
    on: 'token',
    wire: { path: `/?token=${encodeURI(TAG)}` },
  }),
];
