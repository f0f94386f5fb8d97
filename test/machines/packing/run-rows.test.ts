import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunFact, RunPacker, unpackRuns } from '../../../src/machines/packing/run-rows.ts';
import { RUN_OUTCOMES, type RunRecord, SKIP_OUTCOMES } from '../../../src/machines/run.ts';
import type { RunDraft } from '../../../src/machines/schedule-entries.ts';

const instant = fc.double({ min: -1e15, max: 1e15, noNaN: true });
const part = fc.double({ min: 0, max: 1e9, noNaN: true });
const text = fc.string({ maxLength: 12 });

/** Runs of one node, with everything that an ordinary run may have. */
const record: fc.Arbitrary<RunRecord> = fc
  .record(
    {
      runId: fc.constantFrom('a', 'b', 'c', 'd'),
      key: text,
      plugin: text,
      scheduleId: text,
      tenantId: text,
      siteId: text,
      nodeId: text,
      trigger: fc.constantFrom('clock' as const, 'catch-up' as const, 'manual' as const),
      scheduledAtMs: instant,
      dueAtMs: instant,
      startedAtMs: instant,
      finishedAtMs: instant,
      outcome: fc.constantFrom(...RUN_OUTCOMES, ...SKIP_OUTCOMES),
      lateness: fc.record({ tickMs: part, lockMs: part, queueMs: part, startMs: part, totalMs: part }),
      cpuMs: part,
      fuel: part,
      fuelBudget: part,
      fencingToken: text,
      threadId: fc.nat(),
    },
    { noNullPrototype: true, requiredKeys: REQUIRED() },
  )
  .map((made) => ({ ...made, isCatchup: made.trigger === 'catch-up' }) as RunRecord);

function REQUIRED() {
  return [
    ...(['runId', 'key', 'plugin', 'scheduleId', 'nodeId', 'trigger', 'scheduledAtMs', 'dueAtMs'] as const),
    ...(['startedAtMs', 'finishedAtMs', 'outcome', 'lateness'] as const),
  ];
}

function draftOf(run: RunRecord): RunDraft {
  const { startedAtMs: _, finishedAtMs: __, outcome: ___, lateness: ____, ...rest } = run;
  const { cpuMs: _____, fuel: ______, fuelBudget: _______, ...more } = rest;
  const { fencingToken: ________, threadId: _________, ...draft } = more;
  return draft;
}

/** Some of what happens to a run, in its order. */
function factsOf(run: RunRecord, which: readonly boolean[]): RunFact[] {
  const { runId, key, nodeId, scheduledAtMs, startedAtMs, threadId = 0 } = run;
  const all: RunFact[] = [
    { kind: 'claimed', claim: { key, runId, nodeId, claimedAtMs: scheduledAtMs + 1, draft: draftOf(run) } },
    ...(run.threadId === undefined
      ? []
      : [{ kind: 'started' as const, start: { runId, key, scheduledAtMs, startedAtMs, threadId } }]),
    { kind: 'settled', settled: { record: run, log: [], isOwed: false } },
    { kind: 'ended', record: run },
  ];
  return all.filter((_fact, place) => which[place] !== false);
}

const life = fc.tuple(record, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }));
const PLAIN: RunRecord = {
  runId: 'r',
  key: 'p/s',
  plugin: 'p',
  scheduleId: 's',
  nodeId: 'node',
  trigger: 'clock',
  isCatchup: false,
  scheduledAtMs: 1,
  dueAtMs: 2,
  startedAtMs: 3,
  finishedAtMs: 4,
  outcome: 'succeeded',
  lateness: { tickMs: 1, lockMs: 2, queueMs: 3, startMs: 4, totalMs: 10 },
};

describe('packed rows', () => {
  test('hold what was added, in its order, whatever of a run is in them', () => {
    const lives = fc.uniqueArray(life, { maxLength: 4, selector: ([{ runId }]) => runId });
    fc.assert(
      fc.property(lives, fc.infiniteStream(fc.nat()), (runs, order) => {
        const queues = runs.map(([run, which]) => factsOf(run, which));
        const facts: RunFact[] = [];
        for (const pick of order) {
          const open = queues.filter(({ length }) => length > 0);
          if (open.length === 0) break;
          facts.push(open[pick % open.length]?.shift() as RunFact);
        }
        const packer = new RunPacker();
        for (const fact of facts) expect(packer.add(fact)).toBe(true);
        expect(unpackRuns(structuredClone(packer.take()))).toEqual(facts);
        expect(packer.isEmpty).toBe(true);
      }),
    );
  });

  test.each([
    ['an error', { error: { name: 'Error', message: 'no' } }],
    ['a lost run before it', { recoveryOf: 'x' }],
    ['a pass', { pass: 2 }],
    ['dropped lines', { droppedLogLines: 3 }],
    ['a field of a later version', { novelty: 1 } as Partial<RunRecord>],
    ['a mark that its trigger does not have', { isCatchup: true }],
  ])('do not take a run with %s, so that nothing of it is lost', (_what, own) => {
    expect(new RunPacker().add({ kind: 'ended', record: { ...PLAIN, ...own } })).toBe(false);
  });

  test('do not take an end with a log, one that is owed, nor a claim that others may dispute', () => {
    const packer = new RunPacker();
    const settled = { record: PLAIN, log: [], isOwed: false };
    const line = { atMs: 1, level: 'info', message: 'hello' } as const;
    const { key, runId, nodeId } = PLAIN;
    const claim = { key, runId, nodeId, claimedAtMs: 1, draft: draftOf(PLAIN), basis: { cursorMs: 0 } };
    expect(packer.add({ kind: 'settled', settled: { ...settled, log: [line] } })).toBe(false);
    expect(packer.add({ kind: 'settled', settled: { ...settled, isOwed: true } })).toBe(false);
    expect(packer.add({ kind: 'settled', settled: { ...settled, isUnclaimed: true } })).toBe(false);
    expect(packer.add({ kind: 'claimed', claim })).toBe(false);
    expect(packer.isEmpty).toBe(true);
  });

  test('hold nothing of the runs that were in the same rows before', () => {
    const packer = new RunPacker();
    packer.add({ kind: 'ended', record: { ...PLAIN, tenantId: 'a', cpuMs: 3, threadId: 7, fencingToken: 'f' } });
    packer.take();
    packer.add({ kind: 'ended', record: PLAIN });
    expect(unpackRuns(packer.take())).toEqual([{ kind: 'ended', record: PLAIN }]);
  });

  test('does not hold the start of a run that belongs to a trace: it travels beside the rows', () => {
    const start = { runId: 'a', key: 'p/s', scheduledAtMs: 1, startedAtMs: 2, threadId: 3 };
    const packer = new RunPacker();
    expect(packer.add({ kind: 'started', start: { ...start, traceparent: '00-' } })).toBe(false);
    expect(packer.isEmpty).toBe(true);
    expect(packer.add({ kind: 'started', start })).toBe(true);
  });
});
