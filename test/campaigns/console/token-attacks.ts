/** Attempts to be taken for somebody else. */
import { createHmac } from 'node:crypto';
import { type Attack, oneRequest, requestText, sendBytes, statusesIn, TOKEN, TRIGGER } from './attack.ts';

const NAME = `escapement-${createHmac('sha256', TOKEN).update('name').digest('base64url').slice(0, 8)}`;
const now = (): number => Math.floor(Date.now() / 1_000);
/** A cookie that the token made, of another time. */
const cookieAt = (since: number): string =>
  `${NAME}=${since}.${createHmac('sha256', TOKEN).update(`session ${since}`).digest('base64url')}`;

const HEADERS: readonly (readonly [name: string, ...lines: string[]])[] = [
  ['nothing'],
  ['an empty token', 'Authorization: Bearer '],
  ['a wrong token', 'Authorization: Bearer wrong'],
  ['the beginning of the token', `Authorization: Bearer ${TOKEN.slice(0, -1)}`],
  ['the token and more', `Authorization: Bearer ${TOKEN}x`],
  ['the token in capitals', `Authorization: Bearer ${TOKEN.toUpperCase()}`],
  ['the token of another scheme', `Authorization: Basic ${TOKEN}`],
  ['the token as a password', `Authorization: Basic ${Buffer.from(`:${TOKEN}`).toString('base64')}`],
  ['the token without a scheme', `Authorization: ${TOKEN}`],
  ['the token twice', `Authorization: Bearer ${TOKEN},${TOKEN}`],
  ['a null', 'Authorization: Bearer null'],
  ['an object', 'Authorization: Bearer [object Object]'],
  ['a long token', `Authorization: Bearer ${'A'.repeat(8_000)}`],
  ['letters that are not ASCII', 'Authorization: Bearer \u00e4\u00f6\u00fc'],
  ['a wrong token before the right one', 'Authorization: Bearer wrong', `Authorization: Bearer ${TOKEN}`],
  [
    'the token in another header',
    `X-Api-Key: ${TOKEN}`,
    `X-Auth-Token: ${TOKEN}`,
    `Proxy-Authorization: Bearer ${TOKEN}`,
  ],
  ['the address of this machine', 'X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Forwarded: for=127.0.0.1'],
  ['another address behind the door', 'X-Original-URL: /healthz', 'X-Rewrite-URL: /healthz'],
  ['an inner header', 'Remote-User: admin', 'X-Forwarded-User: admin', 'X-User: ada'],
  ['the token as a cookie', `Cookie: ${NAME}=${TOKEN}; token=${TOKEN}`],
  ['an empty cookie', `Cookie: ${NAME}=`],
  ['a cookie without a MAC', `Cookie: ${NAME}=${now()}.`],
  ['a cookie with a MAC of zeros', `Cookie: ${NAME}=${now()}.${'A'.repeat(43)}`],
  ['a cookie that has ended', `Cookie: ${cookieAt(now() - 13 * 3_600)}`],
  ['a cookie of the future', `Cookie: ${cookieAt(now() + 3_600)}`],
  ['a cookie of the year zero', `Cookie: ${cookieAt(0)}`],
  ['a cookie of another time', `Cookie: ${cookieAt(0).replace(`${NAME}=0`, `${NAME}=${now()}`)}`],
  ['a cookie of another token', `Cookie: ${cookieAt(now()).replace(NAME, 'escapement-AAAAAAAA')}`],
  ['a cookie in capitals', `Cookie: ${cookieAt(now()).toUpperCase()}`],
  ['a cookie with an endless time', `Cookie: ${NAME}=1e999.${'A'.repeat(43)}`],
  ['a thousand cookies', `Cookie: ${'a=b; '.repeat(1_000)}`],
  ['a prototype as a cookie', 'Cookie: __proto__=1; constructor=1'],
];

export const TOKEN_ATTACKS: readonly Attack[] = [
  ...HEADERS.map(([name, ...headers]) =>
    oneRequest({ kind: 'tokens', name, on: 'token', wire: { method: 'POST', path: TRIGGER, headers } }),
  ),
  ...['/api/overview', '/api/events', '/metrics', TRIGGER].map((path) =>
    oneRequest({
      kind: 'tokens',
      name: `the token in the address of ${path}`,
      on: 'token',
      wire: { path: `${path}?token=${TOKEN}` },
    }),
  ),
  ...[
    `token=wrong`,
    `token=`,
    `token[]=${TOKEN}`,
    `TOKEN=${TOKEN}`,
    `{"token":"${TOKEN}"}`,
    `token=${'x'.repeat(60_000)}`,
  ].map((body) =>
    oneRequest({
      kind: 'tokens',
      name: `the form ${body.slice(0, 30)}`,
      on: 'token',
      wire: { method: 'POST', path: '/sign-in', headers: ['Content-Type: application/x-www-form-urlencoded'], body },
    }),
  ),
  oneRequest({
    kind: 'tokens',
    name: 'the right token from a form of another site',
    on: 'token',
    wire: {
      method: 'POST',
      path: '/sign-in',
      headers: ['Origin: http://evil.example', 'Content-Type: application/x-www-form-urlencoded'],
      body: `token=${TOKEN}`,
    },
  }),
  {
    kind: 'tokens',
    name: '500 guesses, and then the right one',
    on: 'token',
    send: async (target) => {
      const guess = (token: string) =>
        sendBytes(target, requestText(target, { path: '/api/overview', headers: [`Authorization: Bearer ${token}`] }));
      const answers: string[] = [];
      for (let count = 0; count < 500; count += 1) answers.push(await guess(`guess-${count}`));
      return [...answers, await guess(TOKEN)].join('\n');
    },
    judge: (answers) => {
      const locked = statusesIn(answers).filter((status) => status === 429).length;
      return locked >= 490 ? null : `only ${locked} of 501 attempts were locked out`;
    },
  },
];
