import { list, ref, shape } from '../answers/json-schema.ts';
import type { Session } from '../answers/schemas.ts';
import { shared } from '../serving/shared-answer.ts';
import { given, keys, optional, whole } from './inputs.ts';
import { type Route, route } from './route.ts';

const look = { method: 'GET', access: 'look' } as const;

const statsOf = shared((source) => source.ask('stats', null));

export const SCHEDULER_ROUTES: readonly Route[] = [
  route({
    ...look,
    id: 'getSession',
    path: '/api/session',
    summary: 'Who you are here, whether you may act, and at which scheduler you look.',
    answer: { status: 200, schema: ref('Session') },
    handle: async ({ source, isReadOnly, visitor, url }): Promise<Session> => {
      const { timezone, nodeId, version } = await source.ask('overview', null);
      const canAct = visitor?.canAct === true;
      return { name: visitor?.name ?? '', canAct, isReadOnly, version, nodeId, timezone, url };
    },
  }),
  route({
    ...look,
    id: 'getOverview',
    path: '/api/overview',
    summary: 'The scheduler in a few numbers, and what is wrong with it now, the worst first.',
    answer: { status: 200, schema: ref('Overview') },
    handle: ({ source }) => source.ask('overview', null),
  }),
  route({
    ...look,
    id: 'getStats',
    path: '/api/stats',
    summary: 'Gauges and latency percentiles.',
    answer: { status: 200, schema: ref('SchedulerStats') },
    handle: ({ source }) => statsOf(source),
  }),
  route({
    ...look,
    id: 'listPlugins',
    path: '/api/plugins',
    summary: 'What is installed, a page of it: plugins, their first schedules, capabilities, permissions and limits.',
    query: {
      offset: optional(whole(0, 10_000_000)),
      limit: optional(whole(1, 200)),
      schedules: optional(whole(0, 10)),
      key: optional(keys),
    },
    answer: { status: 200, schema: ref('PluginPage') },
    handle: ({ source }, { query: { key, ...rest } }) => source.ask('plugins', given({ ...rest, keys: key })),
  }),
  route({
    ...look,
    id: 'listNodes',
    path: '/api/nodes',
    summary: 'The nodes of the cluster that this one knows of, itself first, and what they run.',
    answer: { status: 200, schema: shape<{ nodes: readonly unknown[] }>()({ nodes: list(ref('ClusterNode')) }) },
    handle: async ({ source }) => {
      const { cluster } = await statsOf(source);
      return { nodes: cluster.nodes };
    },
  }),
];
