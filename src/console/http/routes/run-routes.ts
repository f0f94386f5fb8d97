import type { HistoryRecord } from '../../../machines/history.ts';
import type { AuditEntry } from '../../../machines/operating/audit.ts';
import { instant as instantSchema, list, nullable, ref, shape } from '../answers/json-schema.ts';
import { Refusal } from '../refusal.ts';
import { instant, key, limit, optional, outcome, runId } from './inputs.ts';
import { pastPage } from './past-page.ts';
import { type Route, route } from './route.ts';

const look = { method: 'GET', access: 'look' } as const;
const DEFAULT_LIMIT = 100;

interface RunPage {
  readonly runs: readonly HistoryRecord[];
  /** The `until` of the following page. */
  readonly next: number | null;
}

interface AuditPage {
  readonly entries: readonly AuditEntry[];
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
      const records = await source.ask('history', { ...query, limit: wanted + 1 });
      const { page, next } = pastPage(records, wanted, ({ finishedAtMs }) => finishedAtMs);
      return { runs: page, next } satisfies RunPage;
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
    summary: 'What operators did, newest first. `next` is the `until` of the following page, or null.',
    query: { key: optional(key), until: optional(instant), limit: optional(limit) },
    answer: {
      status: 200,
      schema: shape<AuditPage>()({ entries: list(ref('AuditEntry'), 1_000), next: nullable(instantSchema) }),
    },
    handle: async ({ source }, { query }) => {
      const wanted = query.limit ?? DEFAULT_LIMIT;
      const entries = await source.ask('audit', { ...query, limit: wanted + 1 });
      const { page, next } = pastPage(entries, wanted, ({ atMs }) => atMs);
      return { entries: page, next } satisfies AuditPage;
    },
  }),
];
