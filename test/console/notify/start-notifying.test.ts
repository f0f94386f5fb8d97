/** Notices and check-ins on their way to real servers. */
import type { ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startNotifying } from '../../../src/console/notify/start-notifying.ts';
import type { NotifyTarget } from '../../../src/host/notify/notify-options.ts';
import type { SchedulerWarning } from '../../../src/index.ts';
import type { Notice, NoticeKind } from '../../../src/machines/watching/notices.ts';
import { hostExchange } from '../../../src/outbound/host-exchange.ts';
import { EagerClock } from '../../support/eager-clock.ts';
import { recordOf } from '../../support/ledger-entries.ts';
import { type SeenRequest, webServer } from '../../support/servers/web-server.ts';
import { ToldSource } from '../../support/told-source.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`;
/** How long the end waits, and a scheduler that did not answer is left alone. */
const SECOND_MS = 1_000;
const RETRIES = (delayMs: number): boolean => delayMs < 10_000 && delayMs !== SECOND_MS;
const NO_RETRIES = (delayMs: number): boolean => delayMs === SECOND_MS;

/** Resolves when every promise that can settle has settled. */
const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function notice(kind: NoticeKind = 'failed', own: Partial<Notice> = {}): Notice {
  const error = { name: 'Error', message: 'no paper', stack: 'Error: no paper\n    at /srv/private/print.js:1' };
  return {
    kind,
    key: 'p/s',
    plugin: 'p',
    scheduleId: 's',
    nodeId: 'n1',
    atMs: Date.UTC(2026, 0, 1),
    text: 'Schedule "p/s" fails.',
    failuresInRow: 1,
    run: recordOf('run-1', 5, { outcome: 'failed', error }),
    told: { isFailing: kind !== 'recovered', isSilent: false },
    ...own,
  };
}

const event = (own?: Notice) => ({ type: 'notice', event: own ?? notice() }) as const;

function start(targets: readonly NotifyTarget[], clock = new EagerClock(RETRIES), source = new ToldSource()) {
  const warnings: SchedulerWarning[] = [];
  const parts = {
    clock,
    exchange: hostExchange,
    random: () => 0.9,
    warned: (each: SchedulerWarning) => warnings.push(each),
  };
  const notifying = startNotifying(source.source, { targets }, parts);
  onTestFinished(() => notifying.close(SECOND_MS));
  return { source, clock, notifying, warnings };
}

/** A server that answers with these statuses, one after the other, and the last one from then on. */
async function receiver(...statuses: readonly number[]) {
  const waiting: { count: number; resolve: (seen: readonly SeenRequest[]) => void }[] = [];
  const server = await webServer((_seen, response: ServerResponse) => {
    response.writeHead(statuses[Math.min(server.seen.length, statuses.length) - 1] ?? 204).end();
    for (const one of waiting) if (server.seen.length >= one.count) one.resolve(server.seen);
  });
  const whenSeen = (count: number): Promise<readonly SeenRequest[]> =>
    new Promise((resolve) => {
      if (server.seen.length >= count) resolve(server.seen);
      else waiting.push({ count, resolve });
    });
  return { ...server, whenSeen };
}

describe('a webhook', () => {
  test('gets a notice as JSON, with a signature that its secret proves', async () => {
    const server = await receiver();
    const { source, clock } = start([
      { webhook: `${server.url}/hook?token=x`, secret: SECRET, headers: { Authorization: 'Bearer y' } },
    ]);
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/hook?token=x' });
    expect(seen?.headers).toMatchObject({ authorization: 'Bearer y', 'content-type': 'application/json' });
    expect(JSON.parse(seen?.body ?? '')).toMatchObject({
      type: 'schedule.failed',
      timestamp: '2026-01-01T00:00:00.000Z',
      text: 'Schedule "p/s" fails.',
      data: { kind: 'failed', key: 'p/s', run: { runId: 'run-1', error: { name: 'Error', message: 'no paper' } } },
    });
    expect(seen?.body).not.toContain('/srv/private');
    // By another implementation than the one that signs.
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = seen?.headers ?? {};
    expect(Number(timestamp)).toBe(clock.nowMs() / 1_000);
    const name = { name: 'HMAC', hash: 'SHA-256' };
    const bytes = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const key = await crypto.subtle.importKey('raw', bytes, name, false, ['verify']);
    const proof = Buffer.from(String(signature).replace('v1,', ''), 'base64');
    const signed = Buffer.from(`${id}.${timestamp}.${seen?.body}`);
    expect(await crypto.subtle.verify('HMAC', key, proof, signed)).toBe(true);
    expect(await crypto.subtle.verify('HMAC', key, proof, Buffer.from(`${signed}x`))).toBe(false);
    expect(source.told).toEqual([{ key: 'p/s', told: { isFailing: true, isSilent: false } }]);
  });

  test('that fails gets the notice again, under the same id, until it takes it', async () => {
    const server = await receiver(500, 503, 302, 200);
    const { source, clock } = start([{ webhook: server.url }]);
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    expect(server.seen).toHaveLength(4);
    expect(new Set(server.seen.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
    expect(server.seen[0]?.headers).not.toHaveProperty('webhook-signature');
    expect(clock.sleeps.filter(RETRIES)).toEqual([950, 1_900, 3_800]);
    expect(source.warnings.map(({ code }) => code)).toEqual(['notify-failing']);
  });

  test('that is gone is asked no more, and counts as told', async () => {
    const server = await receiver(410);
    const { source } = start([{ webhook: server.url }]);
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    const again = source.whenAsked('told');
    source.emit(event(notice('recovered')));
    await again;
    expect(server.seen).toHaveLength(1);
    expect(source.warnings.map(({ code }) => code)).toEqual(['notify-refused']);
  });

  test('that does not answer is left after a while, and tried again', async () => {
    const server = await webServer((_seen, response) => {
      if (server.seen.length > 1) response.end();
      else clock.end(30_777);
    });
    const { source, clock } = start([{ webhook: server.url, timeoutMs: 30_777 }]);
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    expect(server.seen).toHaveLength(2);
    expect(source.warnings[0]?.message).toContain('no answer within 30777 ms');
  });

  test('is not followed to another origin, which would see what it holds', async () => {
    const other = await receiver();
    const server = await webServer((_seen, response) => {
      response.writeHead(307, { location: `${other.url}/elsewhere` }).end();
    });
    const { source } = start([{ webhook: server.url }], new EagerClock(NO_RETRIES));
    const warned = source.whenAsked('warn');
    source.emit(event());
    await warned;
    expect(other.seen).toEqual([]);
    expect(source.warnings[0]?.message).toContain('it was redirected to another origin');
  });

  test('may answer with any amount of anything', async () => {
    const server = await webServer((_seen, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 1)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const { source } = start([{ webhook: server.url }], new EagerClock(NO_RETRIES));
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    expect(server.seen).toHaveLength(1);
  });

  test('hears only of what it wants to, and what nobody wants counts as told', async () => {
    const server = await receiver();
    const { source } = start([{ webhook: server.url, on: ['silent'] }]);
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    expect(server.seen).toEqual([]);
    source.emit(event(notice('silent')));
    await server.whenSeen(1);
  });

  test('that is flooded gets the newest thousand, and keeps another one from nothing', async () => {
    const server = await receiver();
    const stuck = await webServer(() => {});
    const { source, notifying, warnings } = start(
      [{ webhook: stuck.url }, { webhook: server.url }],
      new EagerClock(NO_RETRIES),
    );
    const warned = source.whenAsked('warn');
    source.emit(...Array.from({ length: 5_000 }, (_, index) => event(notice('failed', { atMs: index }))));
    await warned;
    const seen = await server.whenSeen(1_000);
    expect(stuck.seen.length).toBeLessThanOrEqual(1);
    expect(JSON.parse(seen.at(-1)?.body ?? '').data.atMs).toBe(4_999);
    expect(source.told).toEqual([]);
    expect(new Set(source.warnings.map(({ code }) => code))).toEqual(new Set(['notify-dropped']));
    await notifying.close(SECOND_MS);
    // The scheduler has stopped by then, so that the host hears of the rest without it.
    expect(warnings.map(({ message }) => message)).toContain(
      `The webhook at ${stuck.url} will not get 3999 notices: more than 1000 are waiting.`,
    );
  });

  test('shows nothing of its URL and headers but the origin', async () => {
    const server = await webServer((_seen, response) => {
      response.socket?.destroy();
    });
    const target = { webhook: `${server.url}/services/T0P5ECRET?key=T0P5ECRET`, headers: { 'x-key': 'T0P5ECRET' } };
    const { source } = start([{ ...target, secret: 'T0P5ECRET T0P5ECRET' }], new EagerClock(NO_RETRIES));
    const warned = source.whenAsked('warn');
    source.emit(event());
    await warned;
    expect(source.warnings).toHaveLength(1);
    expect(source.warnings[0]?.message).toContain(server.url);
    expect(JSON.stringify(source.warnings)).not.toContain('T0P5ECRET');
  });
});

describe('who is told', () => {
  test.each([
    [{ hostFunction: 'page' }, 10_000],
    [{ hostFunction: 'page', timeoutMs: 60_000 }, 60_000],
  ])('has a limit that the host keeps: %j', async (target, limitMs) => {
    const { source } = start([target]);
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    expect(source.limitsMs).toEqual([limitMs]);
  });

  test('is a function of the host, which may take its time', async () => {
    const { source, clock } = start([{ hostFunction: 'page' }], new EagerClock(NO_RETRIES));
    const calls: unknown[] = [];
    const { promise: blocked, resolve: free } = Promise.withResolvers<void>();
    source.callHost = (name, args) => {
      calls.push([name, ...args]);
      return blocked;
    };
    const told = source.whenAsked('told');
    source.emit(event());
    expect(calls).toEqual([
      [
        'page',
        {
          id: expect.stringMatching(/^msg_/),
          type: 'schedule.failed',
          timestamp: expect.any(String),
          text: expect.any(String),
          data: expect.objectContaining({ key: 'p/s' }),
        },
      ],
    ]);
    expect(clock.sleeps).toEqual([]);
    free();
    await told;
    expect(source.told).toHaveLength(1);
  });

  test('is not told again what another thread was told, and hears what nobody was', async () => {
    const server = await receiver();
    const source = new ToldSource();
    source.notices = [notice()];
    const { notifying } = start([{ webhook: server.url }], new EagerClock(RETRIES), source);
    const told = source.whenAsked('told');
    source.emit(event());
    await told;
    // The scheduler asks for it again, because it has not heard that it was told.
    const toldAgain = source.whenAsked('told');
    notifying.refresh();
    await toldAgain;
    source.emit(event(notice('recovered')));
    await server.whenSeen(2);
    expect(server.seen.map(({ body }) => JSON.parse(body).type)).toEqual(['schedule.failed', 'schedule.recovered']);
  });

  test('is told once of a failure that goes on, although the scheduler names a later run when it is asked again', async () => {
    const source = new ToldSource();
    const { notifying } = start([{ hostFunction: 'page' }], new EagerClock(NO_RETRIES), source);
    const kinds: string[] = [];
    const { promise: blocked, resolve: free } = Promise.withResolvers<void>();
    source.callHost = (_name, [told]) => {
      kinds.push((told as { type: string }).type);
      return blocked;
    };
    await source.whenAsked('notices');
    source.emit(event());
    const later = notice('failed', { atMs: Date.UTC(2026, 0, 2), failuresInRow: 2 });
    const silent = notice('silent', { atMs: Date.UTC(2026, 0, 3), told: { isFailing: true, isSilent: true } });
    source.notices = [later, silent];
    const asked = source.whenAsked('notices');
    notifying.refresh();
    await asked;
    await microtasks();
    source.notices = [notice('timed-out', { atMs: Date.UTC(2026, 0, 4), failuresInRow: 3 }), silent];
    const askedAgain = source.whenAsked('notices');
    notifying.refresh();
    await askedAgain;
    await microtasks();
    source.emit(event(notice('recovered', { atMs: Date.UTC(2026, 0, 5) })));
    source.emit(event(notice('failed', { atMs: Date.UTC(2026, 0, 6) })));
    free();
    while (source.told.length < 4) await source.whenAsked('told');
    expect(kinds).toEqual(['schedule.failed', 'schedule.silent', 'schedule.recovered', 'schedule.failed']);
  });

  test('is told when the scheduler answers after all', async () => {
    const server = await receiver();
    const source = new ToldSource();
    source.notices = [notice()];
    source.failure = new Error('there is no supervisor');
    const clock = new EagerClock((delayMs) => {
      // It pauses after a refusal.
      source.failure = null;
      return delayMs === SECOND_MS;
    });
    start([{ webhook: server.url }], clock, source);
    await server.whenSeen(1);
    expect(source.asked.filter((method) => method === 'notices').length).toBeGreaterThan(0);
  });
});

describe('runs that check in', () => {
  const checkIn = (url: string) => ({ key: 'p/s', url, style: 'healthchecks' }) as const;

  test('are heard only while one of them does', async () => {
    const server = await receiver();
    const { source } = start([]);
    await source.whenAsked('notices');
    expect(source.topics).toEqual(['notice', 'audit']);
    source.checkIns = [checkIn(`${server.url}/key`)];
    const asked = source.whenAsked('notices');
    const installed = { atMs: 1, nodeId: 'n', by: 'host', action: 'install', plugin: 'p' } as const;
    source.emit({ type: 'audit', event: installed });
    await asked;
    await microtasks();
    source.emit(
      { type: 'run-start', event: { runId: 'r', key: 'p/s', scheduledAtMs: 1, startedAtMs: 1, threadId: 1 } },
      { type: 'run', event: recordOf('r', 1, { key: 'p/s' }) },
    );
    const seen = await server.whenSeen(2);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /key/start?rid=r', 'GET /key?rid=r']);
    source.checkIns = [];
    const again = source.whenAsked('notices');
    source.emit({ type: 'audit', event: { ...installed, action: 'uninstall' } });
    await again;
    await microtasks();
    expect(source.topics).toEqual(['notice', 'audit']);
  });
});

describe('the end', () => {
  test('lets what is under way arrive, and listens to nothing any more', async () => {
    const server = await receiver();
    const { source, notifying } = start([{ webhook: server.url }]);
    await source.whenAsked('notices');
    source.emit(event());
    await notifying.close(SECOND_MS);
    expect(server.seen).toHaveLength(1);
    expect(source.topics).toEqual([]);
  });
});
