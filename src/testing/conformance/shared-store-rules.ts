/** Rules for a store that several nodes have open at once. */
import { must } from './conformance-case.ts';
import {
  claimed,
  mustEqual,
  type OpenedStore,
  overlapAt,
  recordOf,
  registered,
  type StoreRule,
  settled,
} from './store-nodes.ts';

/** How long a change may take to reach another node. */
const HEARING_MS = 2_500;

const HOUR_MS = 3_600_000;

/** An occurrence, and where its schedule stood when a node planned it. */
interface Planned {
  readonly key: string;
  readonly atMs: number;
  readonly cursorMs: number;
  /** Set for one that comes again. */
  readonly pass?: number;
}

const runOf = ({ nodeId }: OpenedStore, { key, atMs, pass }: Planned) =>
  recordOf(key, `${nodeId} ${atMs} ${pass ?? 1}`, atMs, { nodeId, ...(pass !== undefined && { pass }) });

/** Lets a node claim an occurrence. */
function claim(node: OpenedStore, planned: Planned) {
  return node.store.write(claimed(runOf(node, planned), { cursorMs: planned.cursorMs }));
}

/** Lets a node settle the run of an occurrence that it claimed. */
function settle(node: OpenedStore, planned: Planned) {
  return node.store.write(settled(runOf(node, planned)));
}

export const SHARED_STORE_RULES: readonly StoreRule[] = [
  [
    'knows which schedules the nodes have, if it has groups',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      if (a.store.announceGroup === undefined || b.store.announceGroup === undefined) return;
      const [nodeId, ttlMs] = [a.nodeId, 60_000];
      const { isGroupKnown } = await a.store.announceGroup({ nodeId, ttlMs, group: { id: key } });
      must(!isGroupKnown, 'the keys of a group are known before they were sent');
      const sent = await a.store.announceGroup({ nodeId, ttlMs, group: { id: key, keys: [key] } });
      must(sent.isGroupKnown, 'the keys of a group are not known although they were sent');
      const other = { nodeId: b.nodeId, ttlMs, group: { id: `${key} 2`, keys: [] } };
      const { groups } = await b.store.announceGroup(other);
      mustEqual([groups[a.nodeId], groups[b.nodeId]], [key, `${key} 2`], 'the groups of the nodes');
      mustEqual(await b.store.readGroup?.(key), [key], 'the keys of a group');
    },
  ],
  [
    'gives an occurrence to one of the nodes that claim it, and shows the other how the schedule stands',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      await a.store.write(registered(key, 100));
      let cursorMs = 100;
      for (let atMs = 1_000; atMs <= 20_000; atMs += 1_000) {
        const planned = { key, atMs, cursorMs };
        const answers = await Promise.all([claim(a, planned), claim(b, planned)]);
        const winners = answers.filter(({ isTaken }) => isTaken).length;
        must(winners === 1, `${winners} nodes got one occurrence`);
        const [winner, loser] = answers[0].isTaken ? [a, b] : [b, a];
        const news = loser.reported.changed.filter((state) => state.key === key).at(-1);
        must(news?.cursorMs === atMs, 'a refused node did not learn before the refusal how the schedule stands');
        await settle(winner, planned);
        cursorMs = atMs;
      }
    },
  ],
  [
    'lets no live occurrence skip missed ones',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      await a.store.write(registered(key, 100));
      const live = await claim(b, { key, atMs: 9_000, cursorMs: 8_000 });
      must(!live.isTaken, 'a claim is granted that was planned where the schedule does not stand');
      const decided = await b.store.write(overlapAt(key, 9_000, { cursorMs: 8_000 }));
      must(!decided.isTaken, 'a decision is taken that was planned where the schedule does not stand');
      const next = await claim(a, { key, atMs: 1_000, cursorMs: 100 });
      must(next.isTaken, 'a claim is refused that was planned where the schedule stands');
    },
  ],
  [
    'grants no claim while a run of the schedule is under way, and raises the fencing token with each claim',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      await a.store.write(registered(key, 100));
      const [earlier, later] = [
        { key, atMs: 1_000, cursorMs: 100 },
        { key, atMs: 2_000, cursorMs: 1_000 },
      ] as const;
      const first = await claim(a, earlier);
      must(!(await claim(b, later)).isTaken, 'two runs of a schedule are under way');
      await settle(a, earlier);
      const second = await claim(b, later);
      must(second.isTaken, 'a claim is refused although no run of the schedule is under way');
      must(
        BigInt(second.fencingToken ?? 0) > BigInt(first.fencingToken ?? 0),
        `fencing tokens do not grow: ${first.fencingToken}, ${second.fencingToken}`,
      );
    },
  ],
  [
    'refuses claims and decisions that its clock says are of the future, and says what time it is, if it has a clock',
    async ({ key, open }) => {
      const node = await open();
      const nowMs = await node.store.readClock?.();
      if (nowMs === undefined) return;
      await node.store.write(registered(key, 100));
      const atMs = Math.floor(nowMs) + HOUR_MS;
      const early = await claim(node, { key, atMs, cursorMs: 100 });
      must(!early.isTaken, 'a claim of the future is granted: nothing before it could run any more');
      must(early.isEarly === true, 'a claim of the future is not refused as early');
      const isKnown = Math.abs((node.reported.nowMs ?? 0) - nowMs) < HOUR_MS;
      must(isKnown, 'a node whose claim is early does not learn what time it is');
      const decided = await node.store.write(overlapAt(key, atMs, { cursorMs: 100 }));
      must(!decided.isTaken && decided.isEarly === true, 'a decision of the future is taken');
      const next = await claim(node, { key, atMs: 1_000, cursorMs: 100 });
      must(next.isTaken, 'a claim is refused that nothing speaks against, after one of the future');
    },
  ],
  [
    'lets one node set a schedule back when the clock was set, and refuses what was planned before',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      await a.store.write(registered(key, 9_000));
      const back = (cursorMs: number) =>
        ({ kind: 'repositioned', key, atMs: cursorMs, how: 'repeated', fromMs: 9_000, cursorMs, inPass: 1 }) as const;
      must((await a.store.write(back(4_000))).isTaken, 'a schedule cannot be set back');
      must(!(await b.store.write(back(3_000))).isTaken, 'a schedule is set back by each node, and not once');
      const earlier = await claim(b, { key, atMs: 5_000, cursorMs: 4_000 });
      must(!earlier.isTaken, 'a claim is granted that was planned before the schedule was set back');
      const again = await claim(b, { key, atMs: 5_000, cursorMs: 4_000, pass: 2 });
      must(again.isTaken, 'a claim is refused of an occurrence that comes again');
    },
  ],
  [
    'lets the first node settle the run of a node that is gone, and refuses the next',
    async ({ key, open, wait }) => {
      const [a, b] = [await open(), await open()];
      await a.store.write(registered(key, 100));
      const planned = { key, atMs: 1_000, cursorMs: 100 };
      must((await claim(a, planned)).isTaken, 'a claim is refused that nothing speaks against');
      const run = runOf(a, planned);
      await a.close();
      for (let waited = 0; waited < 10 * HEARING_MS && b.reported.orphaned.length === 0; waited += 100) await wait(100);
      must(
        b.reported.orphaned.some(({ runId }) => runId === run.runId),
        'the run of a node that is gone is not reported',
      );
      const lost = settled({ ...run, outcome: 'lost' }, { isOwed: true });
      must((await b.store.write(lost)).isTaken, 'the run of a node that is gone cannot be settled');
      must(!(await b.store.write(lost)).isTaken, 'a run is settled twice');
    },
  ],
  [
    'shows a node what others do',
    async ({ key, open, wait }) => {
      const [a, b] = [await open(), await open()];
      await a.store.write(registered(key, 100));
      await a.store.write({ kind: 'paused', key, pause: { atMs: 200, note: 'by a' } });
      const isKnown = (): boolean =>
        b.reported.changed.some((state) => state.key === key && state.pause?.note === 'by a');
      for (let waited = 0; waited < HEARING_MS && !isKnown(); waited += 100) await wait(100);
      must(isKnown(), 'a node does not learn of a change that another has made');
      must(b.reported.trustedUntilMs > 0, 'a node never learns until when it is trusted');
      mustEqual((await b.store.history({ key })).length, 0, 'there is history where nothing ran');
    },
  ],
];
