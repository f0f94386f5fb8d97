/** Lock backends that answer nonsense when a hostile schedule asks. Nothing may start without a real grant. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createScheduler, redisLocking } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import { moduleOf } from '../plugin-text.ts';
import type { Scenario } from '../scenario.ts';

/** What `tryLock` returns for the hostile schedule. */
const GRANTS: Readonly<Record<string, string>> = {
  undefined: 'undefined',
  true: 'true',
  'a-number': '5',
  'an-empty-object': '{}',
  'a-list': '[]',
  'another-key': "{ key: 'other/x', lockId: 'x', ttlMs }",
  'no-lock-id': '{ key, ttlMs }',
  'a-ttl-of-nothing': "{ key, lockId: 'x', ttlMs: NaN }",
  'a-ttl-in-the-past': "{ key, lockId: 'x', ttlMs: -1 }",
  'a-token-that-is-no-number': "{ key, lockId: 'x', ttlMs, fencingToken: 'y' }",
  'a-token-that-is-an-object': "{ key, lockId: 'x', ttlMs, fencingToken: {} }",
  'throwing-getters': "{ get key() { throw new Error('key'); }, lockId: 'x', ttlMs }",
  'a-trap': "new Proxy({}, { get(_, name) { if (name === 'then') return undefined; throw new Error('trap'); } })",
  'a-function': '() => {}',
  'a-thenable-that-throws': "{ then() { throw new Error('then'); } }",
  'a-promise-that-never-settles': 'new Promise(() => {})',
  'a-rejection-of-nothing': 'Promise.reject(undefined)',
  'a-rejection-of-a-trap': "Promise.reject(new Proxy({}, { get() { throw new Error('trap'); } }))",
};

/** Other methods of the port that fail, while every grant is right. */
const METHODS: Readonly<Record<string, string>> = {
  'release-rejects': 'release: async () => { throw undefined; },',
  'release-never-settles': 'release: () => new Promise(() => {}),',
  'release-throws': "release() { throw new Error('release'); },",
  'announce-answers-nonsense': 'announce: async () => ({ nodes: 5 }),',
  'clean-up-never-settles': 'cleanup: () => new Promise(() => {}),',
  'clean-up-throws': "cleanup() { throw new Error('cleanup'); },",
};

/** What `exchange` answers when the hostile schedule is among those that ask. */
const EXCHANGES: Readonly<Record<string, string>> = {
  nothing: 'undefined',
  'short-lists': '{ renewals: [], attempts: [] }',
  'wrong-types': '{ renewals: 5, attempts: [5, {}, [null], [{}]] }',
  'empty-grants': '{ renewals: [], attempts: attempts.map(() => []) }',
  'nothing-for-each': '{ renewals: [], attempts: attempts.map(() => undefined) }',
  'grants-of-others': "{ renewals: [], attempts: attempts.map(() => [{ key: 'other/x', lockId: 'x', ttlMs: 1e4 }]) }",
  'a-trap': "new Proxy({}, { get(_, name) { if (name === 'then') return undefined; throw new Error('trap'); } })",
};

function exchangeText(answer: string): string {
  return `exchange: async ({ renewals, attempts }) => {
    if (attempts.some(({ locks }) => locks.some(({ key }) => key.includes('hostile')))) return ${answer};
    const grants = (locks) => locks.map(({ key, ttlMs }) => ({ key, lockId: key + Math.random(), ttlMs }));
    return { renewals: renewals.map(() => true), attempts: attempts.map(({ locks }) => grants(locks)) };
  },`;
}

/** The backend of a scenario: in order for the neighbour, and otherwise as the scenario says. */
function backendText(grant: string, methods: string): string {
  return `export default () => ({
    name: 'hostile-locking',
    tryLock(key, ttlMs) {
      if (!key.includes('hostile')) return Promise.resolve({ key, lockId: key + Math.random(), ttlMs });
      return ${grant};
    },
    renew: async () => true,
    release: async () => {},
    ${methods}
  });`;
}

const OFTEN = moduleOf("export default { name: 'hostile', schedules: () => [{ id: 'h', cron: '200ms' }], run() {} };");

function scenario(name: string, text: string, changed: Partial<Scenario>): Scenario {
  return {
    name,
    plugin: OFTEN,
    options: ({ folder }) => {
      writeFileSync(`${folder}/locking.mjs`, text);
      return { locking: { module: `${folder}/locking.mjs`, options: {} }, cluster: true };
    },
    expect: {},
    ...changed,
  };
}

async function neverGranted(bench: HostBench): Promise<void> {
  if (!(await bench.install())) return;
  await bench.linger(1_500);
  const status = (await bench.scheduler.schedules()).find(({ key }) => key === 'hostile/h');
  if ((status?.runCount ?? 0) > 0) bench.problem(`${status?.runCount} runs started without a grant`);
  if (status?.state === 'faulted') bench.problem(`the schedule is faulted: ${status.faultReason}`);
}

/** All that is asked here is that the neighbour and the end are as ever. */
async function goesOn(bench: HostBench): Promise<void> {
  if (await bench.install()) await bench.linger(1_500);
}

/** A server that is no Redis: whatever it does, a start ends with a result, and a stop ends. */
function peer(name: string, answer: (text: string) => string | null): Scenario {
  return {
    name: `redis-that-${name}`,
    expect: {},
    alone: async (bench) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (data) => {
          const reply = answer(data.toString('latin1'));
          if (reply === null) socket.destroy();
          else if (reply !== '') socket.write(reply);
        });
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const scheduler = await createScheduler({
        logger: { level: 'silent' },
        locking: redisLocking({ url: `redis://127.0.0.1:${port}` }),
      });
      const ended = scheduler
        .start()
        .catch(() => {})
        .then(() => scheduler.stop({ drainMs: 0 }));
      if ((await Promise.race([ended, pause(20_000, 'late', { ref: false })])) === 'late') {
        bench.problem('start() and stop() did not end within 20 s');
        process.exit(1);
      }
      server.close();
    },
  };
}

export const LOCK_REPLIES: readonly Scenario[] = [
  ...Object.entries(GRANTS).map(([name, grant]) =>
    scenario(`grant-${name}`, backendText(grant, ''), { drive: neverGranted }),
  ),
  ...Object.entries(METHODS).map(([name, methods]) =>
    // A release that never settles concerns the locks of the neighbour as well.
    scenario(name, backendText('Promise.resolve(null)', methods), {
      drive: goesOn,
      ...(name === 'release-never-settles' && { neighbourMayWait: true }),
    }),
  ),
  ...Object.entries(EXCHANGES).map(([name, answer]) =>
    scenario(`exchange-${name}`, backendText('null', exchangeText(answer)), {
      drive: neverGranted,
      // A wrong answer to an exchange also concerns what others asked for in it.
      neighbourMayWait: true,
    }),
  ),
  peer('says-nothing', () => ''),
  peer('hangs-up', () => null),
  peer('answers-nil', () => '$-1\r\n'),
  peer('answers-short-lists', () => '*1\r\n:1\r\n'),
  peer('answers-garbage', () => '\u0000garbage\r\n'),
  peer('answers-too-much', () => '+OK\r\n'.repeat(100)),
];
