/** Rules for every store, whether nodes share it or not. */
import { must } from './conformance-case.ts';
import {
  claimed,
  DECLARED,
  mustEqual,
  only,
  overlapAt,
  recordOf,
  registered,
  type StoreRule,
  settled,
} from './store-nodes.ts';

export const STORE_RULES: readonly StoreRule[] = [
  [
    'knows a schedule as it was registered, also when it is opened anew',
    async ({ key, open }) => {
      const first = await open();
      must(!first.state.schedules.some((state) => state.key === key), 'a schedule is known before it is registered');
      await first.store.write(registered(key, 100));
      await first.close();
      const { state } = await open();
      const known = state.schedules.find((each) => each.key === key);
      const expected = { key, createdAtMs: 100, declared: DECLARED, cursorMs: 100, dueCount: 0 };
      mustEqual(
        only(known, 'key', 'createdAtMs', 'declared', 'cursorMs', 'dueCount'),
        expected,
        'a schedule is not as it was registered',
      );
    },
  ],
  [
    'never lowers a cursor',
    async ({ key, open }) => {
      const { store, close } = await open();
      await store.write(registered(key, 100));
      await store.write({ kind: 'moved', key, cursorMs: 500 });
      await store.write(registered(key, 300));
      await store.write({ kind: 'moved', key, cursorMs: 400 });
      await close();
      const { state } = await open();
      const known = state.schedules.find((each) => each.key === key);
      mustEqual(known?.cursorMs, 500, 'a cursor has fallen');
      mustEqual(known?.createdAtMs, 100, 'a schedule that is registered again counts as a new one');
    },
  ],
  [
    'knows a run as under way from its claim to its end',
    async ({ key, open }) => {
      const { store } = await open();
      await store.write(registered(key, 100));
      const ended = recordOf(key, 'ended', 1_000);
      must((await store.write(claimed(ended))).isTaken, 'an occurrence that nobody has claimed is refused');
      await store.write(settled(ended));
      const running = recordOf(key, 'open', 2_000);
      await store.write(claimed(running));
      const openIds = (await store.openClaims()).filter((claim) => claim.key === key).map(({ runId }) => runId);
      mustEqual(openIds, [running.runId], 'runs under way are not the ones that were claimed and not settled');
    },
  ],
  [
    'finds history by schedule, outcome, time and run, newest first, with what runs logged',
    async ({ key, open }) => {
      const { store } = await open();
      await store.write(registered(key, 100));
      const log = [{ atMs: 1_001, level: 'info' as const, message: 'null \u0000, ü 🔒', fields: { n: 1 } }];
      const failure = { name: 'Error', message: 'no', stack: 'Error: no\n  at somewhere' };
      const records = [
        recordOf(key, 'a', 1_000),
        recordOf(key, 'b', 2_000, { outcome: 'failed', error: failure }),
        recordOf(key, 'c', 3_000),
      ];
      for (const [index, record] of records.entries()) {
        await store.write(claimed(record));
        await store.write(settled(record, { log: index === 0 ? log : [] }));
      }
      const [a, b, c] = records.map(({ runId }) => runId);
      const ids = async (query: Parameters<typeof store.history>[0]): Promise<string[]> =>
        (await store.history({ key, ...query })).map(({ runId }) => runId);
      mustEqual(await ids({}), [c, b, a], 'history is not complete, or not newest first');
      mustEqual(await ids({ outcome: 'failed' }), [b], 'history by outcome is wrong');
      mustEqual(
        await ids({ since: 2_005, until: 3_005 }),
        [b],
        'history by time is wrong: since is inclusive, until is exclusive',
      );
      mustEqual(await ids({ limit: 1 }), [c], 'history ignores the limit');
      mustEqual(await store.history({ runId: b ?? '' }), [records[1]], 'a record is not as it was settled');
      const [first] = await store.history({ runId: a ?? '', withLog: true });
      mustEqual(first?.log, log, 'the log of a run is not as it was settled');
    },
  ],
  [
    'counts what fell due and how it ended',
    async ({ key, open }) => {
      const { store, close } = await open();
      await store.write(registered(key, 100));
      for (const [index, outcome] of (['succeeded', 'failed', 'failed'] as const).entries()) {
        const record = recordOf(key, String(index), 1_000 * (index + 1), { outcome });
        await store.write(claimed(record));
        await store.write(settled(record));
      }
      await store.write(overlapAt(key, 4_000));
      await close();
      const { state } = await open();
      const known = state.schedules.find((each) => each.key === key);
      const expected = {
        cursorMs: 4_000,
        dueCount: 4,
        outcomes: { succeeded: 1, failed: 2, overlap: 1 },
        failuresInRow: 2,
      };
      mustEqual(
        only(known, 'cursorMs', 'dueCount', 'outcomes', 'failuresInRow'),
        expected,
        'counters do not count what was written',
      );
      mustEqual(known?.lastRun?.runId, `${key} 2`, 'the last run is not the one that was settled last');
    },
  ],
  [
    'merges an hour of overlaps into a handful of decisions, and knows every one of them',
    async ({ key, open }) => {
      const { store } = await open();
      await store.write(registered(key, 0));
      const written: unknown[] = [];
      for (let atMs = 1_000; atMs <= 3_600_000; atMs += 1_000) written.push(store.write(overlapAt(key, atMs)));
      await Promise.all(written);
      const seen = new Set<number>();
      for (let atMs = 1_000; atMs <= 3_600_000; atMs += 450_000) {
        const { decision } = await store.facts(key, atMs);
        mustEqual(decision?.outcome, 'overlap', 'a decision is not found');
        seen.add(decision?.fromMs ?? 0);
      }
      must(seen.size < 5, `equal decisions are not merged: ${seen.size} of them in an hour`);
    },
  ],
  [
    'knows how a schedule was declared at any time, and what happened in its life, newest first',
    async ({ key, open }) => {
      const { store } = await open();
      const changed = { ...DECLARED, cron: '2s' };
      await store.write(registered(key, 100));
      await store.write(registered(key, 200, changed));
      await store.write({ kind: 'paused', key, pause: { atMs: 300, note: 'maintenance' } });
      await store.write({ kind: 'resumed', key, atMs: 400, isProbe: false });
      const { life } = await store.facts(key, 0);
      const events = life.map(({ kind, atMs, note }) => [kind, atMs, note]);
      const expected = [
        ['resumed', 400, undefined],
        ['paused', 300, 'maintenance'],
        ['changed', 200, undefined],
        ['registered', 100, undefined],
      ];
      mustEqual(events, expected, 'the events in the life of a schedule are wrong');
      mustEqual(life[2]?.declared, changed, 'a changed declaration is not kept');
    },
  ],
  [
    'goes on from an earlier position after the clock was set back, and tells the passes apart',
    async ({ key, open }) => {
      const first = await open();
      const { store } = first;
      await store.write(registered(key, 100));
      await store.write(claimed(recordOf(key, 'a', 9_000)));
      await store.write(settled(recordOf(key, 'a', 9_000)));
      await store.write({
        kind: 'repositioned',
        ...{ key, atMs: 4_000, how: 'repeated', fromMs: 9_000, cursorMs: 4_000, byMs: -5_000, inPass: 1 },
      });
      const again = recordOf(key, 'b', 9_000, { pass: 2 });
      must((await store.write(claimed(again))).isTaken, 'an occurrence that comes again cannot be claimed');
      await store.write(settled(again));
      await first.close();
      const { state, store: later } = await open();
      const known = state.schedules.find((each) => each.key === key);
      const repeat = { pass: 2, untilMs: 9_000, ranUntilMs: 9_000 };
      mustEqual(only(known, 'cursorMs', 'repeat'), { cursorMs: 9_000, repeat }, 'the position is not as it was');
      const { life, records } = await later.facts(key, 9_000);
      mustEqual(life[0]?.position?.how, 'repeated', 'the life of the schedule does not have the change');
      mustEqual(
        records.map(({ pass }) => pass ?? 1),
        [2, 1],
        'the runs of an occurrence that came twice are not told apart',
      );
    },
  ],
  [
    'knows when a supervisor was running',
    async ({ open }) => {
      const first = await open({ atMs: 10 });
      await first.store.beat(700);
      await first.close();
      const second = await open({ atMs: 2_000_000 });
      const { sessions } = await second.store.facts('nothing', 0);
      const own = sessions.find(({ nodeId }) => nodeId === first.nodeId);
      const expected = { startedAtMs: 10, seenAtMs: 1_000_000, stoppedAtMs: 1_000_000 };
      mustEqual(only(own, 'startedAtMs', 'seenAtMs', 'stoppedAtMs'), expected, 'a session is not as it was');
    },
  ],
];
