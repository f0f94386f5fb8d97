import { choice, ref, shape } from '../answers/json-schema.ts';
import type { Readiness } from '../answers/schemas.ts';
import { withinLimit } from '../serving/within-limit.ts';
import { type Call, type Route, route } from './route.ts';

/** How long the scheduler may take to say how it is. */
const ANSWER_LIMIT_MS = 2_000;
/** An occurrence that should have been planned this long ago: the clock does not beat. */
const MAX_OVERDUE_MS = 5_000;

type Fault = Readiness['faults'][number];

export const HEALTH_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    access: 'everybody',
    id: 'getHealth',
    path: '/healthz',
    summary: 'Whether the console answers. Asks nothing of the scheduler.',
    answer: { status: 200, schema: shape<{ isAlive: true }>()({ isAlive: choice([true]) }) },
    handle: async () => ({ isAlive: true }),
  }),
  route({
    method: 'GET',
    access: 'everybody',
    id: 'getReadiness',
    path: '/readyz',
    summary: 'Whether the scheduler can do its work: it answers, its clock beats, its store and its locks work.',
    answer: { status: 200, schema: ref('Readiness') },
    refusals: [503],
    handle: async ({ source }) => {
      const faults = await faultsOf(source);
      const readiness: Readiness = { isReady: faults.length === 0, faults };
      return readiness.isReady ? readiness : Response.json(readiness, { status: 503 });
    },
  }),
];

/** Everybody may ask, and as often as they like: those who ask at the same time share one look at the scheduler. */
const looks = new WeakMap<Call['source'], Promise<readonly Fault[]>>();

function faultsOf(source: Call['source']): Promise<readonly Fault[]> {
  const known = looks.get(source);
  if (known !== undefined) return known;
  const look = lookAt(source).finally(() => looks.delete(source));
  looks.set(source, look);
  return look;
}

async function lookAt(source: Call['source']): Promise<readonly Fault[]> {
  const overview = await withinLimit(source.ask('overview', null), ANSWER_LIMIT_MS).catch(() => null);
  if (overview === null) return ['supervisor'];
  const { nextDueAtMs, nowMs, problems, isDraining } = overview;
  const isWrong: Readonly<Record<Exclude<Fault, 'supervisor'>, boolean>> = {
    clock: nextDueAtMs !== null && nowMs - nextDueAtMs > MAX_OVERDUE_MS,
    store: problems.some(({ kind }) => kind === 'store'),
    locks: problems.some(({ kind }) => kind === 'locks'),
    draining: isDraining,
  };
  return (['clock', 'store', 'locks', 'draining'] as const).filter((fault) => isWrong[fault]);
}
