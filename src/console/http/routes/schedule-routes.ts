import { instant as instantSchema, list, ref, shape } from '../answers/json-schema.ts';
import {
  flag,
  given,
  instant,
  key,
  keys,
  laneLimit,
  limit,
  optional,
  pluginName,
  sort,
  states,
  tenantId,
  text,
  whole,
} from './inputs.ts';
import { type Route, route } from './route.ts';

const MAX_LANE_SPAN_MS = 400 * 86_400_000;
const DEFAULT_LANE_SPAN_MS = 3_600_000;

const look = { method: 'GET', access: 'look' } as const;

export const SCHEDULE_ROUTES: readonly Route[] = [
  route({
    ...look,
    id: 'listSchedules',
    path: '/api/schedules',
    summary: 'The schedules that fit, a page of them.',
    query: {
      search: optional(text(500)),
      state: optional(states),
      plugin: optional(pluginName),
      tenant: optional(tenantId),
      problems: optional(flag),
      sort: optional(sort),
      offset: optional(whole(0, 10_000_000)),
      limit: optional(limit),
    },
    answer: { status: 200, schema: ref('SchedulePage') },
    handle: ({ source }, { query }) => {
      const { state, tenant, problems, ...rest } = query;
      return source.ask('page', given({ ...rest, states: state, tenantId: tenant, onlyProblems: problems }));
    },
  }),
  route({
    ...look,
    id: 'getSchedule',
    path: '/api/schedules/{key}',
    summary: 'One schedule, as it is declared, with what it does now and next.',
    params: { key },
    answer: { status: 200, schema: ref('ScheduleDetail') },
    refusals: [404],
    handle: ({ source }, { params }) => source.ask('schedule', params),
  }),
  route({
    ...look,
    id: 'getUpcoming',
    path: '/api/schedules/{key}/upcoming',
    summary: 'The next occurrences of a schedule, without jitter.',
    params: { key },
    query: { count: optional(limit) },
    answer: {
      status: 200,
      schema: shape<{ occurrences: readonly number[] }>()({ occurrences: list(instantSchema, 1_000) }),
    },
    refusals: [404],
    handle: async ({ source }, { params, query }) => ({
      occurrences: await source.ask('upcoming', { key: params.key, count: query.count ?? 10 }),
    }),
  }),
  route({
    ...look,
    id: 'getLife',
    path: '/api/schedules/{key}/life',
    summary: "The newest events in a schedule's life: changes, pauses, faults, moves. Newest first.",
    params: { key },
    query: { limit: optional(limit) },
    answer: {
      status: 200,
      schema: shape<{ events: readonly unknown[] }>()({ events: list(ref('LifeEvent'), 1_000) }),
    },
    refusals: [404],
    handle: async ({ source }, { params, query }) => ({
      events: await source.ask('life', { key: params.key, limit: query.limit ?? 100 }),
    }),
  }),
  route({
    ...look,
    id: 'explain',
    path: '/api/schedules/{key}/explain',
    summary: 'Why a schedule ran, or did not run, at an instant.',
    params: { key },
    query: { at: instant },
    answer: {
      status: 200,
      schema: shape<{ explanation: unknown }>()({ explanation: ref('Explanation') }),
    },
    refusals: [404],
    handle: async ({ source }, { params, query }) => ({
      explanation: await source.ask('explain', { key: params.key, atMs: query.at }),
    }),
  }),
  route({
    ...look,
    id: 'getLanes',
    path: '/api/lanes',
    summary: 'What schedules did and will do in a span of time. Without a span, in the last hour and the next.',
    query: { key: keys, since: optional(instant), until: optional(instant), limit: optional(laneLimit) },
    answer: { status: 200, schema: shape<{ lanes: readonly unknown[] }>()({ lanes: list(ref('Lane'), 100) }) },
    handle: async ({ source }, { query }) => {
      const nowMs = query.since === undefined || query.until === undefined ? await nowOf(source) : 0;
      const sinceMs = query.since ?? (query.until ?? nowMs) - DEFAULT_LANE_SPAN_MS;
      const untilMs = Math.min(query.until ?? nowMs + DEFAULT_LANE_SPAN_MS, sinceMs + MAX_LANE_SPAN_MS);
      const lanes = await source.ask('lanes', {
        keys: [...new Set(query.key)],
        sinceMs,
        untilMs,
        ...given({ limit: query.limit }),
      });
      return { lanes };
    },
  }),
];

async function nowOf(source: Parameters<Route['serve']>[0]['source']): Promise<number> {
  const { nowMs } = await source.ask('overview', null);
  return nowMs;
}
