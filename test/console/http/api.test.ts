/** Every route of the API on a real scheduler, each answer held against the document that the console serves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServedConsole, serveConsole } from '../../../src/console/http/serve.ts';
import { sourceOf } from '../../../src/host/source-of.ts';
import { createScheduler, type Scheduler } from '../../../src/index.ts';
import { type Answer, ask, SUBJECT } from '../../support/console-harness.ts';
import { schemaProblems } from '../../support/json-schema-check.ts';
import { nextRun } from '../../support/scheduler-harness.ts';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Json }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

interface Call {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

let scheduler: Scheduler;
let served: ServedConsole;
let document: Document;
const called = new Set<string>();

beforeAll(async () => {
  scheduler = await createScheduler({ plugins: [SUBJECT], logger: { level: 'silent' }, pool: { maxThreads: 2 } });
  await scheduler.start();
  served = await serveConsole(sourceOf(scheduler), {
    port: 0,
    host: '127.0.0.1',
    socket: null,
    token: null,
    isReadOnly: false,
  });
  document = (await ask(served.url ?? '', '/api/openapi.json')).json<Document>();
});

afterAll(async () => {
  await served?.close();
  await scheduler?.stop({ drainMs: 0 });
});

/** Calls an operation and holds what comes back against the document, whatever the status. */
async function call(id: string, { path = {}, query = '', body, headers = {} }: Call = {}): Promise<Answer> {
  const { route, method, operation } = operationOf(id);
  const filled = route.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(path[name] ?? ''));
  const answer = await ask(served.url ?? '', `${filled}${query}`, {
    method: method.toUpperCase(),
    headers,
    ...(body !== undefined && { body }),
  });
  const described = operation.responses[String(answer.status)];
  expect(described, `${id} answered with status ${answer.status}: ${answer.text}`).toBeDefined();
  const schema = described?.content?.['application/json']?.schema;
  if (schema === undefined) expect(answer.headers['content-type'] ?? '').not.toContain('json');
  else expect(schemaProblems(answer.json(), schema, document.components.schemas)).toEqual([]);
  called.add(id);
  return answer;
}

function operationOf(id: string) {
  for (const [route, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === id) return { route, method, operation };
    }
  }
  throw new Error(`The document has no operation ${id}.`);
}

const key = (name: string): Call => ({ path: { key: `subject/${name}` } });

describe('the API', () => {
  test('says who looks, and at what', async () => {
    const session = (await call('getSession')).json();
    expect(session).toMatchObject({ name: 'console', canAct: true, isReadOnly: false, timezone: 'UTC' });
  });

  test('lists schedules with filters and pages', async () => {
    const all = (await call('listSchedules')).json<{ total: number; schedules: { key: string }[] }>();
    expect(all).toMatchObject({ total: 5, offset: 0 });
    const page = await call('listSchedules', { query: '?offset=1&limit=2&sort=key' });
    expect(page.json<typeof all>().schedules).toHaveLength(2);
    const off = await call('listSchedules', { query: '?state=disabled&state=paused&plugin=subject&problems=false' });
    expect(off.json<typeof all>().schedules.map((status) => status.key)).toEqual(['subject/off']);
    const found = await call('listSchedules', { query: '?search=QUIET' });
    expect(found.json<typeof all>().schedules.map((status) => status.key)).toEqual(['subject/quiet']);
  });

  test('shows one schedule, its future, its past and why it did not run', async () => {
    expect((await call('getSchedule', key('quiet'))).json()).toMatchObject({ schedule: { key: 'subject/quiet' } });
    const upcoming = await call('getUpcoming', { ...key('quiet'), query: '?count=3' });
    expect(upcoming.json<{ occurrences: number[] }>().occurrences).toHaveLength(3);
    expect((await call('getLife', { ...key('quiet'), query: '?limit=5' })).status).toBe(200);
    for (const at of ['0', '1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000%2B00:00']) {
      const explained = await call('explain', { ...key('quiet'), query: `?at=${at}` });
      expect(explained.json()).toMatchObject({ explanation: { key: 'subject/quiet', atMs: 0 } });
    }
  });

  test('draws lanes in the order of their keys', async () => {
    const query = '?key=subject%2Fquiet&key=subject%2Ffails&since=0&until=1&limit=5';
    const { lanes } = (await call('getLanes', { query })).json<{ lanes: { key: string }[] }>();
    expect(lanes.map((lane) => lane.key)).toEqual(['subject/quiet', 'subject/fails']);
    expect((await call('getLanes', { query: '?key=subject%2Fquiet' })).status).toBe(200);
  });

  test('triggers, and shows the run, its log, its error and its lateness', async () => {
    for (const name of ['logs', 'fails', 'quiet']) {
      const ended = nextRun(scheduler, (run) => run.scheduleId === name);
      const { runId } = (await call('triggerSchedule', key(name))).json<{ runId: string }>();
      await ended;
      const { run } = (await call('getRun', { path: { runId } })).json<{ run: { outcome: string; error?: object } }>();
      expect(run.outcome).toBe(name === 'fails' ? 'failed' : 'succeeded');
    }
  });

  test('pages through runs by time, and leaves none out', async () => {
    for (let count = 0; count < 4; count += 1) {
      const ended = nextRun(scheduler, (run) => run.scheduleId === 'quiet');
      await call('triggerSchedule', key('quiet'));
      await ended;
    }
    const all = (await call('listRuns')).json<{ runs: { runId: string }[]; next: number | null }>();
    expect(all.next).toBeNull();
    const seen: string[] = [];
    let until = '';
    for (;;) {
      const page = (await call('listRuns', { query: `?limit=2${until}` })).json<typeof all>();
      seen.push(...page.runs.map(({ runId }) => runId));
      if (page.next === null) break;
      until = `&until=${page.next}`;
    }
    expect(seen).toEqual(all.runs.map(({ runId }) => runId));
    const largest = await call('listRuns', { query: '?limit=1000' });
    expect(largest.json<typeof all>().runs.map(({ runId }) => runId)).toEqual(seen);
    const failed = await call('listRuns', { query: '?outcome=failed&key=subject%2Ffails&since=0' });
    expect(failed.json<typeof all>().runs).toHaveLength(1);
  });

  test.each(['listRuns', 'listSchedules', 'listAudit'])('%s gives 1,000 at a time, and refuses more', async (id) => {
    expect((await call(id, { query: '?limit=1000' })).status).toBe(200);
    expect((await call(id, { query: '?limit=1001' })).status).toBe(400);
  });

  test('pauses with a note, resumes, moves a schedule, and keeps who did it', async () => {
    expect((await call('pauseSchedule', { ...key('quiet'), body: { note: 'maintenance' } })).status).toBe(204);
    expect((await call('getSchedule', key('quiet'))).json()).toMatchObject({
      schedule: { state: 'paused', pause: { note: 'maintenance' } },
    });
    expect((await call('resumeSchedule', key('quiet'))).status).toBe(204);
    expect((await call('setPosition', { ...key('quiet'), body: { at: '2999-01-01T00:00:00Z' } })).status).toBe(204);
    expect((await call('setPosition', { ...key('quiet'), body: { at: Date.now() } })).status).toBe(204);
    const { entries } = (await call('listAudit', { query: '?key=subject%2Fquiet&limit=10' })).json<{
      entries: { action: string; by: string }[];
    }>();
    expect(entries.map(({ action }) => action)).toContain('set-position');
    expect(new Set(entries.map(({ by }) => by))).toEqual(new Set(['console']));
  });

  test('pages through what operators did, and leaves nothing out', async () => {
    interface Entries {
      readonly entries: readonly { readonly atMs: number; readonly action: string }[];
      readonly next: number | null;
    }
    const all = (await call('listAudit')).json<Entries>();
    expect(all.next).toBeNull();
    expect(all.entries.length).toBeGreaterThan(4);
    const seen: Entries['entries'][number][] = [];
    let until = '';
    for (;;) {
      const page = (await call('listAudit', { query: `?limit=3${until}` })).json<Entries>();
      seen.push(...page.entries);
      if (page.next === null) break;
      until = `&until=${page.next}`;
    }
    expect(seen).toEqual(all.entries);
  });

  test('reloads a plugin and says what has changed', async () => {
    const report = (await call('reloadPlugin', { path: { name: 'subject' } })).json<{ unchanged: string[] }>();
    expect(report.unchanged).toHaveLength(5);
  });

  test('shows the scheduler: numbers, plugins, nodes, live runs', async () => {
    expect((await call('getOverview')).json()).toMatchObject({ scheduleCount: 5 });
    expect((await call('getStats')).json()).toMatchObject({ pool: { running: 0 } });
    expect((await call('listPlugins')).json()).toMatchObject({ plugins: [{ name: 'subject' }] });
    expect((await call('listPlugins', { query: '?offset=1&limit=200&schedules=0' })).json()).toMatchObject({
      names: ['subject'],
      tenantIds: [],
      total: 1,
      offset: 1,
      plugins: [],
    });
    const chosen = await call('listPlugins', { query: '?schedules=1&key=subject%2Fquiet&key=subject%2Fnone' });
    expect(chosen.json()).toMatchObject({
      total: 1,
      plugins: [{ scheduleCount: 5, schedules: [{ key: 'subject/quiet' }] }],
    });
    expect((await call('listNodes')).json()).toMatchObject({ nodes: [{ isThisNode: true }] });
    expect((await call('listLiveRuns')).json()).toEqual({ runs: [] });
  });

  test('says whether it lives and is ready', async () => {
    expect((await call('getHealth')).json()).toEqual({ isAlive: true });
    expect((await call('getReadiness')).json()).toEqual({ isReady: true, faults: [] });
  });

  test.each([
    ['getSchedule', { path: { key: 'subject/none' } }, 404, 'ERR_ESCAPEMENT_UNKNOWN_SCHEDULE'],
    ['getUpcoming', { path: { key: 'subject/none' } }, 404, 'ERR_ESCAPEMENT_UNKNOWN_SCHEDULE'],
    ['triggerSchedule', { path: { key: 'a key/with %2F # ? & ü 💥 <b>' } }, 404, 'ERR_ESCAPEMENT_UNKNOWN_SCHEDULE'],
    ['getRun', { path: { runId: 'none' } }, 404, 'unknown-run'],
    ['reloadPlugin', { path: { name: 'none' } }, 404, 'ERR_ESCAPEMENT_UNKNOWN_PLUGIN'],
    ['explain', { ...key('quiet'), query: '?at=yesterday' }, 400, 'invalid-input'],
    ['explain', { ...key('quiet'), query: '?at=2026-01-01T00:00:00' }, 400, 'invalid-input'],
    ['explain', { ...key('quiet'), query: '?at=2026-02-30T00:00:00Z' }, 400, 'invalid-input'],
    ['explain', key('quiet'), 400, 'invalid-input'],
    ['getUpcoming', { ...key('quiet'), query: '?count=1001' }, 400, 'invalid-input'],
    ['getUpcoming', { ...key('quiet'), query: '?count=1e2' }, 400, 'invalid-input'],
    ['listSchedules', { query: '?limit=1&limit=2' }, 400, 'invalid-input'],
    ['listSchedules', { query: '?state=none' }, 400, 'invalid-input'],
    ['listSchedules', { query: '?unknown=1' }, 400, 'invalid-input'],
    ['listSchedules', { query: `?search=${'x'.repeat(501)}` }, 400, 'invalid-input'],
    ['listPlugins', { query: '?limit=201' }, 400, 'invalid-input'],
    ['listPlugins', { query: '?schedules=11' }, 400, 'invalid-input'],
    ['getLanes', {}, 400, 'invalid-input'],
    ['getLanes', { query: `?${'key=a&'.repeat(101)}` }, 400, 'invalid-input'],
    ['getLanes', { query: '?key=a&limit=501' }, 400, 'invalid-input'],
    ['listSchedules', { query: `?tenant=${'x'.repeat(129)}` }, 400, 'invalid-input'],
    ['pauseSchedule', { ...key('quiet'), body: { note: 1 } }, 400, 'invalid-input'],
    ['pauseSchedule', { ...key('quiet'), body: { note: 'x'.repeat(1_001) } }, 400, 'invalid-input'],
    ['pauseSchedule', { ...key('quiet'), body: { other: 1 } }, 400, 'invalid-input'],
    ['pauseSchedule', { ...key('quiet'), body: [] }, 400, 'not-json'],
    ['setPosition', { ...key('quiet'), body: {} }, 400, 'invalid-input'],
    ['setPosition', { ...key('quiet'), body: { at: 1e300 } }, 400, 'invalid-input'],
    ['setPosition', { ...key('quiet'), body: { at: '2026-02-30T00:00:00Z' } }, 400, 'invalid-input'],
    ['triggerSchedule', { ...key('quiet'), body: { force: true } }, 400, 'invalid-input'],
  ] satisfies [string, Call, number, string][])('%s refuses %j with %i', async (id, input, status, code) => {
    const answer = await call(id, input);
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ error: { code, message: expect.stringMatching(/^[A-Z].*[.?]$/s) } });
  });

  test('answers a trigger during a run with 409, and aborts what nobody runs with 404', async () => {
    const started = new Promise<void>((resolve) => {
      scheduler.once('run-start', () => resolve());
    });
    await call('triggerSchedule', key('waits'));
    await started;
    expect((await call('triggerSchedule', key('waits'))).status).toBe(409);
    expect((await call('abortRun', { path: { runId: 'none' } })).status).toBe(404);
  });

  test('a path knows its methods', async () => {
    const answer = await ask(served.url ?? '', '/api/schedules', { method: 'DELETE' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
    const wrong = await ask(served.url ?? '', '/api/schedules/a/trigger');
    expect([wrong.status, wrong.headers.allow]).toEqual([405, 'POST']);
    expect((await ask(served.url ?? '', '/api/none')).status).toBe(404);
  });

  test('answers about the scheduler are not kept, and no text in them begins a tag', async () => {
    const answer = await call('listPlugins');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.text).not.toContain('<');
    expect(answer.text).toContain('\\u003c/script>');
  });

  test('everything in the document was called', () => {
    const described = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const elsewhere = new Set(['followEvents', 'getMetrics', 'getDocument']);
    const uncalled = described
      .map(({ operationId }) => operationId)
      .filter((id) => !called.has(id) && !elsewhere.has(id));
    expect(uncalled).toEqual([]);
  });
});
