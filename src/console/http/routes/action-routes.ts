import { TRACEPARENT } from '../../../machines/operating/traceparent.ts';
import { ref, shape, text as textSchema } from '../answers/json-schema.ts';
import { bodyInstant, given, key, note, optional, pluginName, runId } from './inputs.ts';
import { type Call, type Route, route } from './route.ts';

const act = { method: 'POST', access: 'act' } as const;

export const ACTION_ROUTES: readonly Route[] = [
  route({
    ...act,
    id: 'triggerSchedule',
    path: '/api/schedules/{key}/trigger',
    summary: 'Runs a schedule now. A `traceparent` header reaches the run as `ctx.traceparent`.',
    params: { key },
    answer: { status: 202, schema: shape<{ runId: string }>()({ runId: textSchema }) },
    refusals: [404, 409],
    handle: (call, { params }) =>
      call.source.ask('trigger', {
        ...params,
        by: nameOf(call),
        ...given({ traceparent: traceparentOf(call.request) }),
      }),
  }),
  route({
    ...act,
    id: 'pauseSchedule',
    path: '/api/schedules/{key}/pause',
    summary: 'Pauses a schedule until it is resumed. A run in progress goes on.',
    params: { key },
    body: { note: optional(note) },
    answer: { status: 204 },
    refusals: [404],
    handle: (call, { params, body }) => call.source.ask('pause', { ...params, by: nameOf(call), ...given(body) }),
  }),
  route({
    ...act,
    id: 'resumeSchedule',
    path: '/api/schedules/{key}/resume',
    summary: 'Ends the pause or the fault of a schedule.',
    params: { key },
    answer: { status: 204 },
    refusals: [404],
    handle: (call, { params }) => call.source.ask('resume', { ...params, by: nameOf(call) }),
  }),
  route({
    ...act,
    id: 'setPosition',
    path: '/api/schedules/{key}/position',
    summary: 'Moves a schedule to an instant: the occurrences after it are planned anew.',
    params: { key },
    body: { at: bodyInstant },
    answer: { status: 204 },
    refusals: [404],
    handle: (call, { params, body }) => call.source.ask('setPosition', { ...params, by: nameOf(call), atMs: body.at }),
  }),
  route({
    ...act,
    id: 'abortRun',
    path: '/api/runs/{runId}/abort',
    summary: "Aborts a run's signal. Resolves before the run has ended.",
    params: { runId },
    answer: { status: 202, schema: shape<{ runId: string }>()({ runId: textSchema }) },
    refusals: [404, 409],
    handle: async (call, { params }) => {
      await call.source.ask('abort', { ...params, by: nameOf(call) });
      return params;
    },
  }),
  route({
    ...act,
    id: 'reloadPlugin',
    path: '/api/plugins/{name}/reload',
    summary: "Loads a plugin's module anew. If the new version is refused, the old one goes on.",
    params: { name: pluginName },
    answer: { status: 200, schema: ref('ReloadReport') },
    refusals: [404, 409],
    // As long as a plugin may take to load, and its thread to start.
    hasOwnLimit: true,
    handle: async (call, { params }) => {
      const { keys, report } = await call.source.ask('reload', { ...params, by: nameOf(call) });
      return { keys, ...report };
    },
  }),
];

/** Who acts, for the audit trail. Nobody acts without a name, because the route lets in visitors only. */
function nameOf({ visitor }: Call): string {
  return visitor?.name ?? 'nobody';
}

/** Another form is not passed on, as the specification of W3C Trace Context says. */
function traceparentOf(request: Request): string | undefined {
  const header = request.headers.get('traceparent') ?? '';
  return TRACEPARENT.test(header) ? header : undefined;
}
