/** Functions of the host that plugins call, and that answer with what cannot be taken. */
import { fileURLToPath } from 'node:url';
import { moduleOf, runs } from '../plugin-text.ts';
import { FAILED, type Scenario, SUCCEEDED } from '../scenario.ts';

function calls(name: string, answer: (...args: never[]) => unknown, changed: Partial<Scenario> = {}): Scenario {
  return {
    name,
    plugin: runs('await ctx.host.answer(ctx.runCount);'),
    options: () => ({ hostFunctions: { answer: answer as () => unknown } }),
    expect: { outcomes: FAILED },
    ...changed,
  };
}

function aggregateOfItself(): AggregateError {
  const error = new AggregateError([], 'of itself');
  error.errors.push(error);
  return error;
}

function chainOfCauses(length: number): Error {
  let error = new Error('the last');
  for (let index = 0; index < length; index += 1) error = new Error('of another', { cause: error });
  return error;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const trap = (): object =>
  new Proxy(
    {},
    {
      get() {
        throw new Error('trap');
      },
    },
  );

const DOOMED_LOCKING = fileURLToPath(new URL('../../../fixtures/backends/doomed-locking.ts', import.meta.url));

/** A schedule `doom` whose lock ends the supervisor thread, once. */
export function doomedLocking(folder: string): { readonly module: string; readonly options: object } {
  return { module: DOOMED_LOCKING, options: { way: 'exit', deaths: 1, counterFile: `${folder}/deaths` } };
}

const throws = (thrown: () => unknown) => () => {
  throw thrown();
};

const asks = moduleOf(`export default {
  name: 'hostile',
  schedules: () => ['first', 'second', 'doom'].map((id) => ({ id, cron: '1d', enabled: false })),
  async run(ctx) {
    const answer = await ctx.host.slow(ctx.scheduleId);
    if (answer !== ctx.scheduleId) throw new Error('got the answer of ' + answer);
  },
};`);

/** A call of the thread before is answered while a call of the next one waits, with an id that began at 1 again. */
function answersAfterRestart(): Scenario {
  const waiting = new Map<string, () => void>();
  const slow = (name: string): Promise<string> => new Promise((resolve) => waiting.set(name, () => resolve(name)));
  return {
    name: 'answer-after-a-restart',
    plugin: asks,
    options: ({ folder }) => ({
      hostFunctions: { slow: slow as () => unknown },
      locking: doomedLocking(folder) as never,
      budget: { wallMs: 8_000 },
    }),
    expect: { restarts: 1 },
    neighbourMayWait: true,
    drive: async (bench) => {
      if (!(await bench.install())) return;
      const { scheduler } = bench;
      let isRestarted = false;
      scheduler.on('warning', ({ code }) => {
        isRestarted ||= code === 'supervisor-restarted';
      });
      await scheduler.trigger('hostile/first');
      await bench.until(() => waiting.has('first'), 3_000);
      await scheduler.trigger('hostile/doom').catch(() => {});
      if (!(await bench.until(() => isRestarted, 5_000))) bench.problem('the supervisor was not restarted');
      const second = bench.run('hostile/second');
      await bench.until(() => waiting.has('second'), 3_000);
      waiting.get('first')?.();
      await bench.linger(200);
      waiting.get('second')?.();
      const outcome = await second;
      if (outcome !== 'succeeded') bench.problem(`the second run ended as ${outcome}, not with its own answer`);
    },
  };
}

export const HOST_FUNCTIONS: readonly Scenario[] = [
  calls('throws-an-aggregate-of-itself', throws(aggregateOfItself)),
  calls(
    'throws-a-chain-of-causes',
    throws(() => chainOfCauses(20_000)),
  ),
  calls(
    'throws-an-aggregate-of-a-million',
    throws(() => new AggregateError(new Array(1e6).fill(new Error('one')), 'of a million')),
  ),
  calls(
    'throws-undefined',
    throws(() => undefined),
  ),
  calls('throws-a-revoked-proxy', throws(revoked)),
  calls('throws-a-trap', throws(trap)),
  calls(
    'throws-a-symbol',
    throws(() => Symbol('x')),
  ),
  calls(
    'throws-a-message-of-100-mb',
    throws(() => new Error('x'.repeat(1e8))),
  ),
  calls(
    'throws-fields-that-are-no-data',
    throws(() => Object.assign(new Error('x'), { code: () => {}, cause: trap() })),
  ),
  calls('rejects-with-nothing', () => Promise.reject(null)),
  calls('returns-a-function', () => () => {}),
  calls('returns-a-proxy', trap),
  calls('returns-a-promise-of-a-symbol', async () => Symbol('x')),
  calls(
    'returns-a-class-instance',
    () =>
      new (class Account {
        balance = 1n;
      })(),
    { expect: { outcomes: 'any' } },
  ),
  calls('returns-100-mb', () => 'x'.repeat(1e8), { expect: { outcomes: FAILED, maxResidentMb: 1_300 } }),
  calls(
    'returns-a-circle',
    () => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return circle;
    },
    { expect: { outcomes: 'any' } },
  ),
  // biome-ignore lint/suspicious/noThenProperty: a hostile thenable
  calls('returns-a-thenable-that-throws', () => ({ then: throws(() => new Error('then')) })),
  calls('never-answers', () => new Promise(() => {}), { expect: { outcomes: ['timed-out'] } }),
  calls('answers-after-the-run', () => new Promise((resolve) => setTimeout(() => resolve(1), 2_600)), {
    expect: { outcomes: ['timed-out'] },
    lingerMs: 1_000,
  }),
  calls('blocks-the-host-for-a-second', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000), {
    expect: { outcomes: SUCCEEDED },
    blocksHost: true,
  }),
  answersAfterRestart(),
];
