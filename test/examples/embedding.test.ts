/** The examples that mount the console in a framework, each in a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, blocksOf, open } from '../support/console-harness.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'embedding');
const LIMIT_MS = 60_000;
const ADA = { cookie: 'user=ada' };
const TRIGGER = '/api/schedules/housekeeping%2Frebuild-index/trigger';

/** Starts an example and resolves to the address that it prints. */
async function started(framework: string) {
  const child = spawn(process.execPath, [join(EXAMPLES, framework, 'main.ts')], {
    env: { ...process.env, PORT: '0' },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let printed = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += text;
    if (printed.includes('\n')) break;
  }
  child.stdout.resume();
  const url = new URL(printed.trim());
  return { child, ended, origin: url.origin, path: url.pathname, errors: () => errors };
}

describe.each(['express', 'fastify', 'hono', 'koa', 'nest'])('the console in %s', (framework) => {
  test('shows its page and its API, is steered from its own origin only, and streams', async () => {
    const { child, ended, origin, path, errors } = await started(framework);
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
    expect((await blocks.next()).value).toMatch(/^event: run\ndata: \{.*"key":"housekeeping\/rebuild-index"/);
    stream.destroy();

    const paused = await post({ ...ADA, origin }, TRIGGER.replace('trigger', 'pause'), { note: 'by a test' });
    expect(paused.status).toBe(204);
    const shown = await api('/api/schedules/housekeeping%2Frebuild-index', { headers: ADA });
    expect(shown.json()).toMatchObject({ schedule: { pause: { note: 'by a test' } } });
    const tooLarge = await post({ ...ADA, origin }, TRIGGER.replace('trigger', 'pause'), { note: 'x'.repeat(70_000) });
    expect(tooLarge.status).toBe(413);

    child.kill('SIGTERM');
    expect([await ended, errors()]).toEqual([[0, null], '']);
  }, 60_000);
});

test('the route of the Next example answers as the others do', async () => {
  const program = join(import.meta.dirname, '..', 'fixtures', 'programs', 'next-route.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: LIMIT_MS });
  expect(JSON.parse(stdout)).toEqual({ statuses: [401, 200, 403, 403, 202], event: 'event: run' });
}, 60_000);
