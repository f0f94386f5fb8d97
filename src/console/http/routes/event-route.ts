import type { OperatorTopic } from '../../../supervisor/operator-protocol.ts';
import type { EventHub } from '../events/event-hub.ts';
import { keys, optional, runIds, TOPICS, topics } from './inputs.ts';
import { type Route, route } from './route.ts';

/** A line of the log comes only to those who ask for it, since there may be many. */
const DEFAULT_TOPICS: readonly OperatorTopic[] = TOPICS.filter((topic) => topic !== 'log');

export function eventRoute(hub: EventHub): Route {
  return route({
    method: 'GET',
    access: 'look',
    id: 'followEvents',
    path: '/api/events',
    summary:
      'Server-sent events: `event` is the topic and `data` the JSON of what happened. Without topics, all but `log`. ' +
      'With keys or run ids, only what names one of them. `dropped` says how many events are missing before the next. ' +
      'A client that reads too slowly is disconnected.',
    query: { topic: optional(topics), key: optional(keys), runId: optional(runIds) },
    answer: { status: 200, contentType: 'text/event-stream' },
    refusals: [429],
    handle: async (_call, { query }) => {
      const body = hub.open({
        topics: [...new Set(query.topic ?? DEFAULT_TOPICS)],
        keys: new Set(query.key),
        runIds: new Set(query.runId),
      });
      // Proxies of nginx keep nothing back then.
      return new Response(body, { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } });
    },
  });
}
