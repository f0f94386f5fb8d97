/** What a store keeps that several nodes have open at once. */
import type { Claim } from '../../machines/schedule-state.ts';
import { must } from './conformance-case.ts';
import { claimOf, mustEqual, overlapAt, recordOf, registrationOf, type StoreRule } from './store-nodes.ts';

/** How long another node may need to hear of a change. */
const HEARING_MS = 2_500;

const basedClaim = (key: string, runId: string, atMs: number, cursorMs: number, own: Partial<Claim> = {}): Claim =>
  claimOf(recordOf(key, runId, atMs), { basis: { cursorMs }, ...own });

export const SHARED_STORE_RULES: readonly StoreRule[] = [
  [
    'gives an occurrence to one of the nodes that claim it, and tells the other how things stand',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      await a.store.register(registrationOf(key, 100));
      let cursorMs = 100;
      for (let atMs = 1_000; atMs <= 20_000; atMs += 1_000) {
        const claims = [basedClaim(key, `a${atMs}`, atMs, cursorMs), basedClaim(key, `b${atMs}`, atMs, cursorMs)];
        const answers = await Promise.all(
          claims.map((claim, index) =>
            (index === 0 ? a : b).store.claim({ ...claim, nodeId: (index === 0 ? a : b).nodeId }),
          ),
        );
        const winners = answers.filter((answer) => answer !== null).length;
        must(winners === 1, `${winners} nodes got one occurrence`);
        const loser = answers[0] === null ? a : b;
        const told = loser.told.changed.filter((state) => state.key === key).at(-1);
        must(told?.cursorMs === atMs, 'who was refused was not told before how the schedule stands');
        const [won] = claims.filter((_claim, index) => answers[index] !== null);
        await a.store.settle({
          record: recordOf(key, won?.runId.slice(key.length + 1) ?? '', atMs),
          log: [],
          isOwed: false,
        });
        cursorMs = atMs;
      }
    },
  ],
  [
    'lets no live occurrence pass over missed ones',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      await a.store.register(registrationOf(key, 100));
      const live = await b.store.claim(basedClaim(key, 'live', 9_000, 8_000));
      must(live === null, 'a claim is granted that was planned where the schedule does not stand');
      const decided = await b.store.decide(overlapAt(key, 9_000), { cursorMs: 8_000 });
      must(!decided, 'a decision is taken that was planned where the schedule does not stand');
      const next = await a.store.claim(basedClaim(key, 'next', 1_000, 100));
      must(next !== null, 'a claim is refused that was planned where the schedule stands');
    },
  ],
  [
    'gives nothing of a schedule away while a run of it is under way, and counts a token up with each',
    async ({ key, open }) => {
      const [a, b] = [await open(), await open()];
      await a.store.register(registrationOf(key, 100));
      const first = await a.store.claim(basedClaim(key, 'first', 1_000, 100, { nodeId: a.nodeId }));
      must(
        (await b.store.claim(basedClaim(key, 'second', 2_000, 1_000))) === null,
        'two runs of a schedule are under way',
      );
      await a.store.settle({ record: recordOf(key, 'first', 1_000), log: [], isOwed: false });
      const second = await b.store.claim(basedClaim(key, 'second', 2_000, 1_000, { nodeId: b.nodeId }));
      must(second !== null, 'a schedule that is at rest gives nothing away');
      must(
        BigInt(second.fencingToken ?? 0) > BigInt(first?.fencingToken ?? 0),
        `fencing tokens do not grow: ${first?.fencingToken}, ${second.fencingToken}`,
      );
    },
  ],
  [
    'lets the first node settle the run of one that is gone, and refuses who comes later',
    async ({ key, open, wait }) => {
      const [a, b] = [await open(), await open()];
      await a.store.register(registrationOf(key, 100));
      const claim = basedClaim(key, 'lost', 1_000, 100, { nodeId: a.nodeId });
      must((await a.store.claim(claim)) !== null, 'a claim is refused');
      await a.close();
      for (let waited = 0; waited < 10 * HEARING_MS && b.told.orphaned.length === 0; waited += 100) await wait(100);
      must(
        b.told.orphaned.some(({ runId }) => runId === claim.runId),
        'the run of a node that is gone is not told of',
      );
      const lost = recordOf(key, 'lost', 1_000, { outcome: 'lost' });
      must(
        await b.store.settle({ record: lost, log: [], isOwed: true }),
        'the run of a node that is gone cannot be settled',
      );
      must(!(await b.store.settle({ record: lost, log: [], isOwed: true })), 'a run is settled twice');
    },
  ],
  [
    'tells a node what others do',
    async ({ key, open, wait }) => {
      const [a, b] = [await open(), await open()];
      await a.store.register(registrationOf(key, 100));
      await a.store.change({ kind: 'paused', key, pause: { atMs: 200, note: 'by a' } });
      const isTold = (): boolean => b.told.changed.some((state) => state.key === key && state.pause?.note === 'by a');
      for (let waited = 0; waited < HEARING_MS && !isTold(); waited += 100) await wait(100);
      must(isTold(), 'a node is not told of a change that another has made');
      must(b.told.trustedUntilMs > 0, 'a node is never told that it is known as at work');
      mustEqual((await b.store.history({ key })).length, 0, 'there is history where nothing ran');
    },
  ],
];
