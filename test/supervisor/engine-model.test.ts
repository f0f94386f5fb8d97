/**
 * Commands at random instants, also at the very instant at which a schedule falls due: what must always hold, holds.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MissedRunPolicy } from '../../src/plugin.ts';
import { define, every, missedRules, VirtualEngine } from '../support/virtual-engine.ts';

const KEYS = ['p/a', 'p/b', 'p/c'] as const;
const PERIODS_MS = { 'p/a': 500, 'p/b': 1_000, 'p/c': 3_000 } as const;
const POLICIES = { 'p/a': 'run-once', 'p/b': 'skip', 'p/c': 'run-all' } as const satisfies Record<
  string,
  MissedRunPolicy
>;

type Key = (typeof KEYS)[number];
type Command =
  | { readonly do: 'advance' | 'suspend' | 'step'; readonly ms: number }
  | { readonly do: 'place'; readonly key: Key; readonly ms: number }
  | { readonly do: 'pause' | 'resume' | 'trigger' | 'remove' | 'add'; readonly key: Key };

/** Among them steps that repeat nothing, a repeated hour and new calendars, and the way back from them. */
const STEPS_MS = [-86_400_000, -60_000, -15_000, -5_000, -1_000, 999, 15_000, 30_000, 86_400_000] as const;

const key = fc.constantFrom(...KEYS);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 499, 500, 501, 1_000, 2_500) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('suspend' as const), ms: fc.constantFrom(100, 1_000, 5_000, 60_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('step' as const), ms: fc.constantFrom(...STEPS_MS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('place' as const), key, ms: fc.constantFrom(-20_000, -1_500, 0, 4_000) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume', 'trigger', 'remove', 'add'), key }) },
);

/** What the pool saw, told apart from what the engine recorded. */
class Auditor {
  readonly paused = new Set<string>();
  readonly triggered = new Set<string>();
  readonly startedWhilePaused: string[] = [];

  watch(node: VirtualEngine, durationMs: () => number): void {
    node.pool.script = ({ runId, data }) => {
      if (this.paused.has(`p/${data.scheduleId}`) && !this.triggered.has(runId)) this.startedWhilePaused.push(runId);
      return { durationMs: durationMs() };
    };
  }
}

async function carryOut(node: VirtualEngine, auditor: Auditor, next: Command): Promise<void> {
  switch (next.do) {
    case 'advance':
      return node.clock.advance(next.ms);
    case 'suspend':
      return node.clock.suspend(next.ms);
    case 'step':
      return node.clock.stepWall(next.ms);
    case 'place':
      if (node.engine.schedules.find(next.key)?.rest === 'removed') return;
      if (node.engine.schedules.find(next.key) !== undefined)
        await node.engine.setPosition(next.key, node.clock.nowMs() + next.ms);
      return;
    case 'add':
      if (node.engine.schedules.find(next.key) === undefined)
        node.engine.schedules.plan(node.engine.schedules.add(definition(next.key), undefined));
      return;
    default:
      if (node.engine.schedules.find(next.key) !== undefined) await change(node, auditor, next);
  }
}

async function change(node: VirtualEngine, auditor: Auditor, next: Command & { readonly key: Key }): Promise<void> {
  if (next.do === 'trigger') return trigger(node, auditor, next.key);
  if (next.do === 'pause') {
    auditor.paused.add(next.key);
    return node.engine.pause(next.key);
  }
  auditor.paused.delete(next.key);
  if (next.do === 'resume') return node.engine.resume(next.key);
  node.engine.schedules.remove(node.engine.schedules.get(next.key));
}

function trigger(node: VirtualEngine, auditor: Auditor, triggeredKey: string): void {
  try {
    auditor.triggered.add(node.engine.trigger(triggeredKey));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_ESCAPEMENT_SCHEDULE_BUSY' });
  }
}

function definition(definedKey: Key) {
  return define(definedKey, every(PERIODS_MS[definedKey]), { missed: missedRules(POLICIES[definedKey]) });
}

function audit(node: VirtualEngine, auditor: Auditor, commands: readonly Command[]): void {
  expect(node.pool.startedBeside).toEqual([]);
  expect(auditor.startedWhilePaused).toEqual([]);
  expect(node.unaccounted()).toEqual([]);
  const started = node.runs.filter(({ threadId, trigger: by }) => threadId !== undefined && by !== 'manual');
  const occurrences = started.map((run) => `${run.key}@${run.scheduledAtMs}/${run.pass ?? 1}`);
  // A schedule that is removed is forgotten: added again on a clock that was set back, it is another one.
  const isSetBack = commands.some((next) => next.do === 'step' && next.ms < 0);
  const isForgotten = isSetBack && commands.some((next) => next.do === 'remove');
  expect(isForgotten ? 0 : occurrences.length - new Set(occurrences).size).toBe(0);
  // A clock that is set back while a run waits for a thread makes its start look early.
  const early = started.filter(({ startedAtMs, dueAtMs }) => startedAtMs < dueAtMs);
  expect(isSetBack ? [] : early).toEqual([]);
}

describe('engine under commands in any order', () => {
  test('starts no occurrence twice, nothing early, nothing paused, nothing beside itself, and loses none', async () => {
    const reached = { overlap: 0, 'missed-skipped': 0, aborted: 0, succeeded: 0 };
    const commandLists = fc.array(command, { minLength: 10, maxLength: 60 });
    const durationStreams = fc.infiniteStream(fc.integer({ min: 1, max: 1_800 }));
    await fc.assert(
      fc.asyncProperty(commandLists, durationStreams, async (commands, durations) => {
        const node = new VirtualEngine({ threads: 2 });
        const auditor = new Auditor();
        auditor.watch(node, () => durations.next().value);
        node.start(...KEYS.map(definition));
        for (const next of commands) await carryOut(node, auditor, next);
        await node.clock.advance(10_000);
        audit(node, auditor, commands);
        for (const { outcome } of [...node.runs, ...node.decisions]) reached[outcome as keyof typeof reached] += 1;
      }),
      { numRuns: 150 },
    );
    // A campaign that never got there has shown nothing.
    for (const [outcome, count] of Object.entries(reached)) expect(count, outcome).toBeGreaterThan(0);
  });
});
