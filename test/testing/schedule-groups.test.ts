/**
 * Nodes with different plugins on one backend, in virtual time: they take turns only among those that have the schedule.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ScheduledPlugin } from '../../src/plugin.ts';
import type { LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import type { StateStore } from '../../src/supervisor/ports/store.ts';
import type { RunStartEvent } from '../../src/supervisor/scheduler-reports.ts';
import { Link, NO_FAULTS } from '../../src/testing/cluster/link.ts';
import { LockingBackends, StoreBackends, type VirtualBackends } from '../../src/testing/cluster/virtual-backends.ts';
import { NodeClock } from '../../src/testing/node-clock.ts';
import { seededRandom } from '../../src/testing/run-duration.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { VirtualProcess } from '../../src/testing/virtual-process.ts';
import { virtualSettings } from '../../src/testing/virtual-scheduler-options.ts';

interface Start extends Pick<RunStartEvent, 'key' | 'scheduledAtMs'> {
  readonly node: string;
  readonly atMs: number;
}

type Wrap<T> = (backend: T) => T;
interface Wraps {
  readonly locking?: Wrap<LockingPlugin>;
  readonly store?: Wrap<StateStore>;
}

/** The second plugin of a node, to install it again. */
const SECOND_PLUGIN = { module: 'plugins[1]', resolveFrom: 'memory:', options: null };

function plugin(name: string): ScheduledPlugin {
  const schedules = ['1', '2', '3', '4'].map((id) => ({ id, cron: '* * * * * *', locking: 'require-global' as const }));
  return { name, schedules: () => schedules, run: () => {} };
}

/** A cluster on one backend. Each node has the plugins that are named for it. */
class MixedCluster {
  readonly starts: Start[] = [];
  readonly #clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly #backends: VirtualBackends;
  readonly #wraps: Wraps;
  readonly #random = seededRandom(1);
  #runCount = 0;

  constructor(backend: 'locking' | 'store', wraps: Wraps = {}) {
    this.#backends = backend === 'locking' ? new LockingBackends(this.#clock) : new StoreBackends(this.#clock);
    this.#wraps = wraps;
  }

  async start(node: string, plugins: readonly string[]): Promise<VirtualProcess['supervisor']> {
    const clock = new NodeClock(this.#clock, 0);
    const link = new Link(this.#clock, clock, { faults: NO_FAULTS, random: this.#random });
    const { store, locking } = this.#backends.forNode().open({ clock, link });
    const { supervisor } = new VirtualProcess({
      settings: virtualSettings({ plugins: plugins.map(plugin) }),
      nodeId: node,
      incarnationId: node,
      clock,
      store: this.#wraps.store?.(store) ?? store,
      locking: locking && (this.#wraps.locking?.(locking) ?? locking),
      isCluster: true,
      random: this.#random,
      newRunId: () => `run-${++this.#runCount}`,
      heard: (event) => {
        if (event.type !== 'run-start') return;
        const { key, scheduledAtMs } = event.event;
        this.starts.push({ node, key, scheduledAtMs, atMs: this.#clock.nowMs() });
      },
    });
    await this.#clock.advanceUntil(supervisor.start());
    onTestFinished(async () => {
      await this.#clock.advanceUntil(supervisor.stop({ drainMs: 0 }));
    });
    return supervisor;
  }

  advanceUntil<T>(work: Promise<T>): Promise<T> {
    return this.#clock.advanceUntil(work);
  }

  /** Lets time pass. Returns the starts of it. */
  async during(seconds: number): Promise<Start[]> {
    const before = this.starts.length;
    await this.#clock.advance(seconds * 1_000);
    return this.starts.slice(before);
  }
}

/** By how many milliseconds the latest start was late. */
function latest(starts: readonly Start[]): number {
  return Math.max(...starts.map(({ atMs, scheduledAtMs }) => atMs - scheduledAtMs));
}

function occurrencesOf(starts: readonly Start[]): ReadonlySet<string> {
  return new Set(starts.map(({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`));
}

/** What a node needs to be granted a lock or a claim: no turn is as short. */
const ALONE_MS = 60;

describe.each(['locking', 'store'] as const)('nodes with different plugins (%s)', (backend) => {
  test('start what only one of them has as early as if it were alone', async () => {
    const cluster = new MixedCluster(backend);
    for (const node of ['a', 'b', 'c']) await cluster.start(node, [node]);
    await cluster.during(6);
    const starts = await cluster.during(30);
    expect(latest(starts)).toBeLessThan(ALONE_MS);
    expect(starts.length).toBe(3 * 4 * 30);
    expect(starts.every(({ node, key }) => key.startsWith(`${node}/`))).toBe(true);
  });

  test('take turns for what some of them have, as if there were no others', async () => {
    const cluster = new MixedCluster(backend);
    await cluster.start('a', ['a', 'shared']);
    await cluster.start('b', ['shared']);
    await cluster.start('c', ['c']);
    await cluster.during(6);
    const starts = await cluster.during(60);
    const shared = starts.filter(({ key }) => key.startsWith('shared/'));
    expect(latest(starts)).toBeLessThan(ALONE_MS);
    expect(shared.length).toBe(4 * 60);
    const share = shared.filter(({ node }) => node === 'a').length / shared.length;
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
  });

  test('know soon that a plugin is gone, or there again', async () => {
    const cluster = new MixedCluster(backend);
    await cluster.start('a', ['a', 'shared']);
    const b = await cluster.start('b', ['b', 'shared']);
    await cluster.during(10);
    await cluster.advanceUntil(b.uninstall({ name: 'shared' }));
    await cluster.during(6);
    const alone = await cluster.during(30);
    expect(latest(alone)).toBeLessThan(ALONE_MS);
    expect(alone.filter(({ key }) => key.startsWith('shared/')).map(({ node }) => node)).not.toContain('b');
    await cluster.advanceUntil(b.install(SECOND_PLUGIN));
    await cluster.during(6);
    const both = await cluster.during(30);
    expect(latest(both)).toBeLessThan(ALONE_MS);
    const shared = both.filter(({ key }) => key.startsWith('shared/'));
    expect(new Set(shared.map(({ node }) => node))).toEqual(new Set(['a', 'b']));
    expect(occurrencesOf(shared).size).toBe(shared.length);
  });

  test('know of a node that has come within seconds', async () => {
    const cluster = new MixedCluster(backend);
    await cluster.start('a', ['a']);
    await cluster.during(60);
    await cluster.start('b', ['b']);
    await cluster.during(2);
    expect(latest(await cluster.during(30))).toBeLessThan(ALONE_MS);
  });

  test('send no keys again, and none at all that a node with the same schedules has sent', async () => {
    const sent: string[] = [];
    const counted =
      <T extends { nodeId: string; group?: { keys?: readonly string[] } }, R>(announce: (sign: T) => R) =>
      (sign: T): R => {
        if (sign.group?.keys !== undefined) sent.push(sign.nodeId);
        return announce(sign);
      };
    const cluster = new MixedCluster(backend, {
      locking: (locking) => Object.assign(locking, { announce: counted(locking.announce?.bind(locking) as never) }),
      store: (store) =>
        store.announceGroup === undefined
          ? store
          : Object.assign(store, { announceGroup: counted(store.announceGroup.bind(store)) }),
    });
    await cluster.start('a', ['p']);
    await cluster.during(1);
    await cluster.start('b', ['p']);
    await cluster.during(60);
    await cluster.start('c', ['p', 'q']);
    await cluster.during(60);
    expect(sent).toEqual(['a', 'c']);
  });

  test('take turns among all of them where the backend knows nothing of schedules', async () => {
    const cluster = new MixedCluster(backend, {
      locking: (locking) => Object.assign(locking, { readGroup: undefined }),
      store: (store) => Object.assign(store, { announceGroup: undefined }),
    });
    for (const node of ['a', 'b']) await cluster.start(node, [node]);
    await cluster.during(6);
    const starts = await cluster.during(30);
    expect(occurrencesOf(starts).size).toBe(starts.length);
    expect(latest(starts)).toBeGreaterThan(ALONE_MS);
  });

  test('take turns among all of them while the keys cannot be read', async () => {
    const readGroup = async (): Promise<never> => {
      throw new Error('the keys are elsewhere');
    };
    const cluster = new MixedCluster(backend, {
      locking: (locking) => Object.assign(locking, { readGroup }),
      store: (store) => Object.assign(store, { readGroup }),
    });
    for (const node of ['a', 'b']) await cluster.start(node, [node]);
    await cluster.during(6);
    const starts = await cluster.during(30);
    expect(occurrencesOf(starts).size).toBe(starts.length);
    expect(latest(starts)).toBeGreaterThan(ALONE_MS);
  });
});
