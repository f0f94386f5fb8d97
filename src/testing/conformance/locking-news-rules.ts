/** What nodes hear of each other, for backends that have `listen`, and the sign of life that rides on an exchange. */
import { randomUUID } from 'node:crypto';
import type { AskedLock, LockAttempt, LockExchange, LockingPlugin, LockNews } from '../../supervisor/ports/locking.ts';
import { must } from './conformance-case.ts';
import { LONG_MS, type LockingNodes, type LockingRule } from './locking-nodes.ts';

const LOOK_MS = 50;
/** How long it may take until a node hears. */
const PATIENCE_MS = 4_000;

type Exchanges = LockingPlugin & Required<Pick<LockingPlugin, 'exchange'>>;

/** A node, and what it has heard. */
interface Listening {
  readonly node: Exchanges;
  readonly news: readonly LockNews[];
}

export const NEWS_RULES: readonly LockingRule[] = [
  [
    'tells other nodes what is claimed and what is waited for, and nobody its own, if it listens',
    async (nodes) => {
      const [a, b] = [await listening(nodes), await listening(nodes)];
      if (a === null || b === null) return;
      const { key, wait } = nodes;
      await tell(a.node, [{ locks: [lock(`${key} run`), claim(`${key} claimed`)] }]);
      await soon(wait, () => hears(b, 'claimed', `${key} claimed`), 'another node does not hear what was claimed');
      must(!hears(b, 'claimed', `${key} run`), 'a lock that is no claim is heard of as one');
      const refused = [lock(`${key} run`), claim(`${key} refused`)];
      await tell(b.node, [{ locks: refused, isWaiting: true }]);
      await soon(wait, () => hears(a, 'wanted', `${key} run`), 'a node does not hear which lock others wait for');
      const isClaimHeard = hears(a, 'claimed', `${key} refused`) || hears(a, 'wanted', `${key} refused`);
      must(!isClaimHeard, 'a claim that was refused is heard of');
      must(!hears(a, 'claimed', `${key} claimed`), 'a node hears what it has claimed itself');
      must(!hears(b, 'wanted', `${key} run`), 'a node hears what it waits for itself');
    },
  ],
  [
    'tells other nodes nothing unless the exchange asks for it, if it listens',
    async (nodes) => {
      const [a, b] = [await listening(nodes), await listening(nodes)];
      if (a === null || b === null) return;
      const { key, wait } = nodes;
      await a.node.exchange({ ...exchangeOf([{ locks: [claim(`${key} 1`)] }]), isTold: false });
      await a.node.exchange(exchangeOf([{ locks: [claim(`${key} 2`), lock(`${key} run`)] }]));
      await tell(a.node, [{ locks: [lock(`${key} run`)] }]);
      await tell(a.node, [{ locks: [claim(`${key} last`)] }]);
      await soon(wait, () => hears(b, 'claimed', `${key} last`), 'another node does not hear what was claimed');
      const untold = b.news.flatMap(({ claimed }) => claimed).filter((each) => each !== `${key} last`);
      must(untold.length === 0, `nodes hear of an exchange without isTold: ${untold.join(', ')}`);
      must(!hears(b, 'wanted', `${key} run`), 'nodes hear of a lock that nobody waits for');
    },
  ],
  [
    'takes a sign of life with an exchange as announce does, if it answers with a roster',
    async ({ key, node }) => {
      const [a, b] = [await node(), await node()];
      if (!hasExchange(a) || a.announce === undefined || b.announce === undefined) return;
      const [first, second, id] = [randomUUID(), randomUUID(), randomUUID()];
      await b.announce({ nodeId: second, ttlMs: LONG_MS });
      const sign = { nodeId: first, ttlMs: LONG_MS, group: { id } };
      const { attempts, roster } = await a.exchange({ ...exchangeOf([{ locks: [lock(key)] }]), sign });
      must(attempts[0]?.length === 1, 'an exchange with a sign of life takes no locks');
      if (roster === undefined) return;
      must(
        [first, second].every((each) => roster.nodeIds.includes(each)),
        'a node that is alive is not on the roster',
      );
      const isWrong = roster.groups !== undefined && (roster.groups[first] !== id || roster.isGroupKnown !== false);
      must(!isWrong, 'the roster has a wrong group for the node, or knows keys that were never sent');
      const { nodeIds } = await b.announce({ nodeId: second, ttlMs: LONG_MS });
      must(nodeIds.includes(first), 'a sign of life that came with an exchange does not count for announce');
      const left = await a.exchange({ ...exchangeOf([]), sign: { nodeId: first, ttlMs: 0 } });
      must(left.roster?.nodeIds.includes(first) === false, 'an exchange that is only a sign of life is not answered');
    },
  ],
];

/** Null if the backend has no exchanges or cannot listen. */
async function listening({ node, wait }: LockingNodes): Promise<Listening | null> {
  const made = await node();
  if (!hasExchange(made) || made.listen === undefined) return null;
  const news: LockNews[] = [];
  let isHearing = false;
  made.listen({
    heard: (heard) => news.push(heard),
    hearing: (now) => {
      isHearing = now;
    },
  });
  await soon(wait, () => isHearing, 'a node that listens never counts as hearing');
  return { node: made, news };
}

async function soon(wait: LockingNodes['wait'], isSo: () => boolean, broken: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && !isSo(); waitedMs += LOOK_MS) await wait(LOOK_MS);
  must(isSo(), broken);
}

function hasExchange(node: LockingPlugin): node is Exchanges {
  return node.exchange !== undefined;
}

function hears({ news }: Listening, list: keyof LockNews, key: string): boolean {
  return news.some((each) => each[list].includes(key));
}

function tell(node: Exchanges, attempts: readonly LockAttempt[]): Promise<unknown> {
  return node.exchange({ ...exchangeOf(attempts), isTold: true });
}

function exchangeOf(attempts: readonly LockAttempt[]): LockExchange {
  return { releases: [], renewals: [], attempts };
}

function lock(key: string): AskedLock {
  return { key, ttlMs: LONG_MS };
}

/** Of a time long past, so that it is not refused as a claim of the future, whatever the backend's clock. */
function claim(key: string): AskedLock {
  return { ...lock(key), occurrence: { of: key, atMs: 5 } };
}
