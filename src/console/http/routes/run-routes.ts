import type { HistoryRecord } from '../../../machines/history.ts';
import { instant as instantSchema, list, nullable, ref, shape } from '../answers/json-schema.ts';
import { Refusal } from '../refusal.ts';
import { given, instant, key, limit, optional, outcome, runId } from './inputs.ts';
import { type Route, route } from './route.ts';

const look = { method: 'GET', access: 'look' } as const;
const DEFAULT_LIMIT = 100;

interface RunPage {
  readonly runs: readonly HistoryRecord[];
  /** The `until` of the following page. */
  readonly next: number | null;
}

export const RUN_ROUTES: readonly Route[] = [
  route({
    ...look,
    id: 'listRuns',
    path: '/api/runs',
    summary: 'Runs that have ended, newest first. `next` is the `until` of the following page, or null.',
    query: {
      key: optional(key),
      outcome: optional(outcome),
      since: optional(instant),
      until: optional(instant),
      limit: optional(limit),
    },
    answer: {
      status: 200,
      schema: shape<RunPage>()({ runs: list(ref('HistoryRecord'), 1_000), next: nullable(instantSchema) }),
    },
    handle: async ({ source }, { query }) => {
      const wanted = query.limit ?? DEFAULT_LIMIT;
      // One more than wanted tells whether there are more.
      return pageOf(await source.ask('history', { ...query, limit: wanted + 1 }), wanted);
    },
  }),
  route({
    ...look,
    id: 'getRun',
    path: '/api/runs/{runId}',
    summary: 'One run: its record and log once it has ended, and what it does until then.',
    params: { runId },
    answer: {
      status: 200,
      schema: shape<{ run: unknown; live: unknown }>()({
        run: nullable(ref('HistoryRecord')),
        live: nullable(ref('LiveRunDetail')),
      }),
    },
    refusals: [404],
    handle: async ({ source }, { params }) => {
      // Live first: a run that ends in between is then in the history.
      const live = await source.ask('liveRun', params);
      const [run = null] = await source.ask('history', { ...params, withLog: true, limit: 1 });
      if (run === null && live === null) throw new Refusal(404, 'unknown-run', 'There is no run with this id.');
      return { run, live };
    },
  }),
  route({
    ...look,
    id: 'listLiveRuns',
    path: '/api/live',
    summary: 'The runs that have not ended.',
    answer: { status: 200, schema: shape<{ runs: readonly unknown[] }>()({ runs: list(ref('LiveRun')) }) },
    handle: async ({ source }) => ({ runs: await source.ask('live', null) }),
  }),
  route({
    ...look,
    id: 'listAudit',
    path: '/api/audit',
    summary: 'What operators did, newest first.',
    query: { key: optional(key), until: optional(instant), limit: optional(limit) },
    answer: {
      status: 200,
      schema: shape<{ entries: readonly unknown[] }>()({ entries: list(ref('AuditEntry'), 1_000) }),
    },
    handle: async ({ source }, { query }) => ({ entries: await source.ask('audit', given(query)) }),
  }),
];

/**
 * `until` is exclusive. So runs that ended in the very instant at which the page is cut go to the following page
 * together, unless the page holds nothing else.
 */
function pageOf(records: readonly HistoryRecord[], wanted: number): RunPage {
  const following = records[wanted];
  if (following === undefined) return { runs: records, next: null };
  const page = records.slice(0, wanted);
  const runs = page.filter(({ finishedAtMs }) => finishedAtMs > following.finishedAtMs);
  const last = runs.at(-1);
  return last === undefined ? { runs: page, next: following.finishedAtMs } : { runs, next: last.finishedAtMs };
}
