/** The examples that embed a scheduler and its console in a framework, each in a process of its own. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, blocksOf, open } from '../support/console-harness.ts';
import { EmbeddedHost } from '../support/embedding/embedded-host.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'embedding');
const LIMIT_MS = 120_000;
const ADA = { cookie: 'user=ada' };
const TRIGGER = '/api/schedules/housekeeping%2Frebuild-index/trigger';
/** At the turn of a minute it may be the other schedule. */
const RAN = { key: expect.stringMatching(/^housekeeping\/(?:beat|sweep)$/), outcome: 'succeeded' };
const CLEAN = { code: 0, signal: null, stderr: '' };

async function started(name: string): Promise<EmbeddedHost> {
  const host = await EmbeddedHost.start({ args: [join(EXAMPLES, name, 'main.ts')] });
  onTestFinished(async () => {
    await host.end('SIGKILL');
  });
  return host;
}

/** The first block of a stream of events that fits. */
async function blockWith(blocks: AsyncIterator<string>, pattern: RegExp): Promise<string> {
  for (;;) {
    const { value, done } = await blocks.next();
    if (done) throw new Error('The stream ended.');
    if (pattern.test(value)) return value;
  }
}

describe.each(['express', 'fastify', 'hono', 'koa', 'nest'])('the console in %s', (framework) => {
  test(
    'shows its page and its API, is steered from its own origin only, and streams',
    async () => {
      const host = await started(framework);
      const { origin, pathname: path } = host.url;
      const api = (rest: string, asked = {}) => ask(origin, `${path}${rest}`, asked);

      expect((await api('')).status).toBe(401);
      const page = await api('', { headers: ADA });
      expect([200, 503]).toContain(page.status);
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
      expect((await api('/api/session', { headers: ADA })).json()).toMatchObject({ name: 'ada', canAct: true });
      expect((await api('/api/schedules?search=index', { headers: ADA })).json()).toMatchObject({
        schedules: [{ key: 'housekeeping/rebuild-index' }],
      });
      // The rest of the server is untouched: in Nest there is nothing else.
      expect((await ask(origin, '/')).text).toMatch(framework === 'nest' ? /Cannot GET/ : /^The application itself\.$/);

      const stream = await open(origin, `${path}/api/events?topic=run`, { headers: ADA });
      const blocks = blocksOf(stream);
      await blocks.next();
      const post = (headers: object, rest = TRIGGER, body?: object) =>
        api(rest, { method: 'POST', headers, ...(body !== undefined && { body }) });
      expect((await post({ ...ADA, origin: 'http://evil.example' })).status).toBe(403);
      expect((await post({ cookie: 'user=bob', origin })).status).toBe(403);
      expect((await post({ ...ADA, origin })).status).toBe(202);
      expect(await blockWith(blocks, /"key":"housekeeping\/rebuild-index"/)).toMatch(/^event: run\ndata: /);
      stream.destroy();

      const paused = await post({ ...ADA, origin }, TRIGGER.replace('trigger', 'pause'), { note: 'by a test' });
      expect(paused.status).toBe(204);
      const shown = await api('/api/schedules/housekeeping%2Frebuild-index', { headers: ADA });
      expect(shown.json()).toMatchObject({ schedule: { pause: { note: 'by a test' } } });
      const tooLarge = await post({ ...ADA, origin }, TRIGGER.replace('trigger', 'pause'), {
        note: 'x'.repeat(70_000),
      });
      expect(tooLarge.status).toBe(413);

      const run = await host.runWhileBlocked(`${path}/api/runs?key=housekeeping%2Fbeat`, ADA);
      expect(run.outcome).toBe('succeeded');
      expect(await host.end('SIGTERM')).toEqual(CLEAN);
    },
    LIMIT_MS,
  );
});

describe('without a framework', () => {
  test(
    'a process manager ends the program by SIGTERM',
    async () => {
      const host = await started('process-manager');
      expect(await host.runWhileBlocked('/runs')).toMatchObject(RAN);
      expect(await host.end('SIGTERM')).toEqual(CLEAN);
    },
    LIMIT_MS,
  );

  test(
    'and by SIGINT, also while a connection stays open',
    async () => {
      const host = await started('process-manager');
      const connection = connect(Number(host.url.port), host.url.hostname);
      await once(connection, 'connect');
      connection.on('error', () => undefined).write('GET /runs HTTP/1.1\r\n');
      expect((await fetch(new URL('/runs', host.url))).status).toBe(200);
      expect(await host.end('SIGINT')).toEqual(CLEAN);
      connection.destroy();
    },
    LIMIT_MS,
  );

  test(
    'a worker of node:cluster runs its share while it is blocked, and all end with the primary',
    async () => {
      const host = await started('node-cluster');
      expect(await host.runWhileBlocked('/runs')).toMatchObject(RAN);
      expect(await host.end('SIGTERM')).toEqual(CLEAN);
    },
    LIMIT_MS,
  );
});

test('Next starts the scheduler, its route answers as the others do, and a signal ends both', async () => {
  const program = join(import.meta.dirname, '..', 'fixtures', 'programs', 'next-route.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: LIMIT_MS });
  expect(JSON.parse(stdout)).toEqual({
    statuses: [401, 200, 403, 403, 202],
    event: 'event: run',
    listenersOnTheEdge: 0,
  });
}, 60_000);
