import { describe, expect, test } from 'vitest';
import { FailedTokens } from '../../../src/console/http/gates/failed-tokens.ts';
import { isLoopback } from '../../../src/console/http/gates/loopback.ts';
import { isOfOtherSite } from '../../../src/console/http/gates/same-origin.ts';
import { tokenGate } from '../../../src/console/http/gates/token-gate.ts';
import { type Answer, open, type RunningConsole, startConsole } from '../../support/console-harness.ts';

const TOKEN = 'correct-horse-battery-staple';
const TRIGGER = '/api/schedules/subject%2Fquiet/trigger';

async function runCount(running: RunningConsole): Promise<number> {
  const statuses = await running.scheduler.schedules();
  return statuses.reduce((sum, { dueCount }) => sum + dueCount, 0);
}

function cookieOf(answer: Answer): string {
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  return cookie.split(';', 1)[0] ?? '';
}

describe('a console without a token', () => {
  test('answers only to the names of this machine, whatever address a name was given', async () => {
    const running = await startConsole();
    const { port } = new URL(running.url);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, '127.0.0.1', 'LOCALHOST', `[::1]:${port}`]) {
      expect((await running.ask('/api/session', { headers: { host } })).status, host).toBe(200);
    }
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example']) {
      const answer = await running.ask('/api/session', { headers: { host } });
      expect([400, 403], host).toContain(answer.status);
      expect((await running.ask(TRIGGER, { method: 'POST', headers: { host } })).status).not.toBe(202);
    }
    expect(await runCount(running)).toBe(0);
  });

  test('does not listen where other machines reach it', async () => {
    await expect(startConsole({ host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_INVALID_OPTION',
      message: expect.stringContaining('console.token'),
    });
  });

  test('takes changes from its own pages and from programs, and from no other site', async () => {
    const running = await startConsole();
    const { host } = new URL(running.url);
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `http://${host}.evil.example` },
      { origin: 'http://127.0.0.1:1' },
      { origin: 'file://' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' },
    ];
    for (const headers of foreign) {
      const answer = await running.ask(TRIGGER, { method: 'POST', headers });
      expect([answer.status, answer.json()], JSON.stringify(headers)).toMatchObject([
        403,
        { error: { code: 'other-site' } },
      ]);
      expect((await running.ask('/api/overview', { headers })).status).toBe(403);
    }
    expect(await runCount(running)).toBe(0);
    expect((await running.ask(TRIGGER, { method: 'POST', headers: { origin: `http://${host}` } })).status).toBe(202);
  });

  test('gives other sites no data, however they write the path, and health to everybody', async () => {
    const running = await startConsole();
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const paths = ['/api/overview', '/%61pi/overview', '/ap%69/events', '/api/%65vents', '/metrics', '/%6detrics'];
    for (const path of [...paths, '/api/openapi.json']) {
      const response = await open(running.url, path, { headers });
      response.destroy();
      expect(response.statusCode, path).toBe(403);
    }
    expect((await running.ask('/healthz', { headers })).status).toBe(200);
    expect((await running.ask('/%61pi/overview')).status).toBe(200);
  });

  test('a read-only console lets nobody act', async () => {
    const running = await startConsole({ isReadOnly: true });
    expect((await running.ask('/api/session')).json()).toMatchObject({ canAct: false, isReadOnly: true });
    const answer = await running.ask(TRIGGER, { method: 'POST' });
    expect([answer.status, answer.json()]).toMatchObject([403, { error: { code: 'read-only' } }]);
    expect(await runCount(running)).toBe(0);
  });
});

describe('a console with a token', () => {
  test('lets in who sends it, and nobody else', async () => {
    const running = await startConsole({ token: TOKEN, host: '127.0.0.1' });
    const right = await running.ask('/api/session', { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(right.json()).toMatchObject({ name: 'console', canAct: true });
    for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN} x`]) {
      const answer = await running.ask('/api/session', { headers: { authorization } });
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="escapement"']);
    }
    expect((await running.ask(`/api/session?token=${TOKEN}`)).status).toBe(401);
    expect((await running.ask('/healthz')).status).toBe(200);
    expect((await running.ask('/metrics')).status).toBe(401);
  });

  test('gives browsers a cookie for it, and takes the token out of the address', async () => {
    const running = await startConsole({ token: TOKEN });
    const asked = await running.ask('/');
    expect([asked.status, asked.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
    expect(asked.text).toContain('action="/sign-in"');
    // Otherwise browsers send the form with the origin "null", and it is refused.
    expect(asked.headers['referrer-policy']).toBe('same-origin');
    expect(asked.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);

    const welcome = await running.ask(`/?token=${TOKEN}&view=pool`);
    expect([welcome.status, welcome.headers.location]).toEqual([303, '/?view=pool']);
    expect(welcome.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(welcome.headers['set-cookie']?.[0]).not.toContain(TOKEN);
    const cookie = cookieOf(welcome);
    expect((await running.ask('/api/session', { headers: { cookie: `other=1; ${cookie}` } })).status).toBe(200);
    expect((await running.ask(TRIGGER, { method: 'POST', headers: { cookie } })).status).toBe(202);
    const forged = `${cookie.split('=')[0]}=${Math.floor(Date.now() / 1_000)}.${'A'.repeat(43)}`;
    expect((await running.ask('/api/session', { headers: { cookie: forged } })).status).toBe(401);
  });

  test('signs in by the form of its own page, and out again', async () => {
    const running = await startConsole({ token: TOKEN });
    const form = (token: string, headers = {}) =>
      running.ask('/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ token }).toString(),
      });
    expect((await form(TOKEN, { origin: 'http://evil.example' })).status).toBe(403);
    const wrong = await form('wrong');
    expect([wrong.status, wrong.text]).toEqual([401, expect.stringContaining('This is not the token.')]);
    const right = await form(TOKEN);
    expect([right.status, right.headers.location]).toEqual([303, '/']);
    expect((await running.ask('/api/session', { headers: { cookie: cookieOf(right) } })).status).toBe(200);
    const out = await running.ask('/sign-out', { method: 'POST' });
    expect(out.headers['set-cookie']?.[0]).toContain('Max-Age=0');
  });

  test('locks an address out for a while after ten wrong tokens, but not who is signed in', async () => {
    const running = await startConsole({ token: TOKEN });
    const cookie = cookieOf(await running.ask(`/?token=${TOKEN}`));
    const withToken = (token: string) => running.ask('/api/session', { headers: { authorization: `Bearer ${token}` } });
    for (let count = 0; count < 10; count += 1) expect((await withToken(`guess-${count}`)).status).toBe(401);
    const locked = await withToken(TOKEN);
    expect([locked.status, Number(locked.headers['retry-after']) > 0]).toEqual([429, true]);
    expect((await running.ask(`/?token=${TOKEN}`)).status).toBe(429);
    expect((await running.ask('/api/session', { headers: { cookie } })).status).toBe(200);
  });

  test('a session ends after twelve hours, and with the token', async () => {
    let nowMs = 1_000_000_000_000;
    const visitor = { name: 'console', canAct: true };
    const gate = tokenGate(TOKEN, visitor, () => nowMs);
    const cookie = gate.signIn?.attempt(TOKEN, '', true)?.split(';')[0] ?? '';
    const request = new Request('http://localhost/', { headers: { cookie } });
    expect(await gate.admit(request, '')).toBe(visitor);
    expect(await tokenGate(`${TOKEN}2`, visitor, () => nowMs).admit(request, '')).toBeNull();
    nowMs += 12 * 3_600_000;
    expect(await gate.admit(request, '')).toBeNull();
    expect(gate.signIn?.attempt(TOKEN, '', true)).toContain('; Secure');
  });
});

describe('wrong tokens', () => {
  test('are counted by address, for a minute', () => {
    let nowMs = 0;
    const failures = new FailedTokens(() => nowMs);
    for (let count = 0; count < 10; count += 1) failures.add('2001:db8:1:2::1');
    expect(() => failures.check('2001:db8:1:2:ffff::9')).toThrow('wait a minute');
    failures.check('2001:db8:1:3::1');
    failures.check('192.0.2.1');
    for (let count = 1; count <= 10; count += 1) failures.add(`2001:db8::${count}`);
    expect(() => failures.check('2001:db8:0:0:9::1')).toThrow('wait a minute');
    failures.check('2001:db8:0:1::1');
    nowMs = 60_000;
    failures.check('2001:db8:1:2::1');
  });

  test('take a bounded memory', () => {
    const failures = new FailedTokens(() => 0);
    for (let count = 0; count < 10; count += 1) failures.add('192.0.2.1');
    for (let count = 0; count < 1_000; count += 1) failures.add(`198.51.100.${count}`);
    failures.check('192.0.2.1');
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.0.1', false],
  ['127.0.0.1.example', false],
])('only this machine reaches %s: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  [{}, false],
  [{ origin: 'https://jobs.example', host: 'jobs.example' }, false],
  [{ origin: 'https://jobs.example', host: 'jobs.example:443' }, false],
  [{ origin: 'https://jobs.example:8443', host: 'jobs.example' }, true],
  [{ origin: 'https://jobs.example', host: 'other.example' }, true],
  [{ origin: 'not a url', host: 'jobs.example' }, true],
  [{ 'sec-fetch-site': 'none', host: 'jobs.example' }, false],
] as const)('a request with %j is of another site: %s', (headers, expected) => {
  expect(isOfOtherSite(new Request('https://jobs.example/', { headers: { ...headers } }))).toBe(expected);
});
