/** What nodes need beyond a single lock: tokens, exclusion under contention, and the optional calls. */
import { randomUUID } from 'node:crypto';
import type { LockHandle, LockingPlugin } from '../../supervisor/ports/locking.ts';
import { must, mustResolve } from './conformance-case.ts';
import { isHeld, LONG_MS, type LockingRule, SHORT_MS, SLACK_MS, taken, tried } from './locking-nodes.ts';

export const CLUSTER_RULES: readonly LockingRule[] = [
  [
    'hands out fencing tokens that grow with every acquisition of a key, if it has fencing tokens',
    async ({ key, node, wait }) => {
      const [a, b] = [await node(), await node()];
      const tokens: string[] = [];
      const keep = (handle: LockHandle): void => {
        if (handle.fencingToken !== undefined) tokens.push(handle.fencingToken);
      };
      const released = await taken(a, key);
      keep(released);
      await a.release(released);
      keep(await taken(b, key, SHORT_MS));
      await wait(SHORT_MS + SLACK_MS);
      keep(await taken(await node(), key));
      must([0, 3].includes(tokens.length), 'some acquisitions have a fencing token, and others have none');
      must(tokens.every(isDecimal), `a fencing token is not a decimal number: ${tokens.join(', ')}`);
      const isRising = tokens.slice(1).every((token, index) => BigInt(token) > BigInt(tokens[index] ?? 0));
      must(isRising, `fencing tokens do not grow: ${tokens.join(', ')}`);
    },
  ],
  [
    'never lets two nodes hold a key that many keep asking for',
    async ({ key, node }) => {
      const nodes = await Promise.all(Array.from({ length: 8 }, () => node()));
      const counter = { value: 0, granted: 0 };
      await Promise.all(nodes.map((each) => countUp(each, key, counter)));
      must(counter.granted > 0, 'nobody ever gets the lock');
      must(
        counter.value === counter.granted,
        `of ${counter.granted} updates under the lock, ${counter.granted - counter.value} were lost: two nodes held it at once`,
      );
    },
  ],
  [
    'gives a key that many nodes ask for at the same moment to one of them',
    async ({ key, node }) => {
      const nodes = await Promise.all(Array.from({ length: 6 }, () => node()));
      for (let round = 0; round < 5; round += 1) {
        const handles = await Promise.all(nodes.map((each) => tried(each, `${key} ${round}`)));
        const winners = handles.filter((handle) => handle !== null).length;
        must(winners === 1, `${winners} nodes got a key that all of them asked for at once`);
      }
    },
  ],
  [
    'can be cleaned up twice',
    async ({ key, node }) => {
      const a = await node();
      await taken(a, key);
      await a.cleanup?.();
      await mustResolve(Promise.resolve(a.cleanup?.()), 'a second cleanup rejects');
    },
  ],
  [
    'carries out an exchange in order, and each attempt whole or not at all, if it has exchanges',
    async ({ key, node }) => {
      const [a, b] = [await node(), await node()];
      if (a.exchange === undefined) return;
      const old = await taken(a, `${key} a`);
      const kept = await taken(a, `${key} kept`);
      const foreign = await taken(b, `${key} b`);
      const answers = await a.exchange({
        releases: [old],
        renewals: [kept, foreign],
        attempts: [lockOn(`${key} a`), lockOn(`${key} c`, `${key} b`), lockOn(`${key} a`)],
      });
      must(answers.renewals[0] === true, 'an exchange does not renew a lock that the node holds');
      must(answers.attempts[0]?.length === 1, 'an attempt does not see what the same exchange has released');
      must(answers.attempts[1] === null, 'an attempt is granted although one of its locks is held');
      must(
        answers.attempts[2] === null,
        'an attempt does not see what an earlier attempt of the same exchange has taken',
      );
      must(!(await isHeld(b, `${key} c`)), 'an attempt that was refused keeps some of its locks');
      const nothing = await a.exchange({ releases: [], renewals: [], attempts: [] });
      must(nothing.renewals.length + nothing.attempts.length === 0, 'an empty exchange has answers');
    },
  ],
  [
    'knows which nodes are alive, and what time it is, if it has announcements',
    async ({ node, wait }) => {
      const [a, b] = [await node(), await node()];
      if (a.announce === undefined || b.announce === undefined) return;
      const [first, second] = [randomUUID(), randomUUID()];
      await a.announce({ nodeId: first, ttlMs: LONG_MS });
      const both = await b.announce({ nodeId: second, ttlMs: SHORT_MS });
      must(both.nodeIds.includes(first) && both.nodeIds.includes(second), 'a node that is alive is not on the roster');
      must(both.nowMs > 1e12, `the time is not in epoch milliseconds: ${both.nowMs}`);
      await wait(SHORT_MS + SLACK_MS);
      const rest = await a.announce({ nodeId: first, ttlMs: LONG_MS });
      must(!rest.nodeIds.includes(second), 'a node that shows no sign of life stays on the roster');
      const none = await a.announce({ nodeId: first, ttlMs: 0 });
      must(!none.nodeIds.includes(first), 'a node that has left stays on the roster');
    },
  ],
  [
    'knows which schedules the living nodes have, if it reads groups',
    async ({ node, wait }) => {
      const [a, b] = [await node(), await node()];
      if (a.readGroup === undefined || a.announce === undefined || b.announce === undefined) return;
      const [first, second, id] = [randomUUID(), randomUUID(), randomUUID()];
      const keys = ['p/s', 'p/t'];
      const group = { id, keys };
      const before = await a.announce({ nodeId: first, ttlMs: LONG_MS, group: { id } });
      must(before.isGroupKnown === false, 'the keys of a group are known before they were sent');
      const sent = await a.announce({ nodeId: first, ttlMs: LONG_MS, group });
      must(sent.isGroupKnown === true, 'the keys of a group are not known although they were sent');
      const both = await b.announce({ nodeId: second, ttlMs: SHORT_MS, group: { id: `${id} 2`, keys: [] } });
      const isNamed = both.groups?.[first] === id && both.groups?.[second] === `${id} 2`;
      must(isNamed, 'the group of a node that is alive is not in the groups');
      const read = await b.readGroup?.(id);
      must(read?.toSorted().join() === keys.join(), 'the keys of a group are not those that were sent');
      await wait(SHORT_MS + SLACK_MS);
      const rest = await a.announce({ nodeId: first, ttlMs: LONG_MS, group: { id } });
      must(rest.isGroupKnown === true, 'the keys of a group are gone although a living node names it');
      must(rest.groups?.[second] === undefined, 'the group of a node that is gone stays in the groups');
      const none = await a.announce({ nodeId: first, ttlMs: 0 });
      must(none.groups?.[first] === undefined, 'the group of a node that has left stays in the groups');
    },
  ],
  [
    'says everywhere what its clock says, if nodes are to go by that',
    async ({ node }) => {
      const [a, b] = [await node(), await node()];
      if (a.readClock === undefined || b.readClock === undefined) return;
      const told = [await a.readClock()];
      const { nowMs } = (await a.exchange?.({ releases: [], renewals: [], attempts: [lockOn(randomUUID())] })) ?? {};
      if (nowMs !== undefined) told.push(nowMs);
      if (b.announce !== undefined) told.push((await b.announce({ nodeId: randomUUID(), ttlMs: SHORT_MS })).nowMs);
      told.push(await b.readClock());
      must((told[0] ?? 0) > 1e12, `the clock is not in epoch milliseconds: ${told[0]}`);
      const isRising = told.slice(1).every((ms, index) => ms >= (told[index] ?? 0));
      must(isRising, `answers that follow each other have times that do not: ${told.join(', ')}`);
    },
  ],
];

/** Reads, lets others run, and writes: updates are lost unless the lock excludes the others. */
async function countUp(node: LockingPlugin, key: string, counter: { value: number; granted: number }): Promise<void> {
  for (let round = 0; round < 25; round += 1) {
    const handle = await tried(node, key);
    if (handle === null) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const { value } = counter;
    await new Promise((resolve) => setImmediate(resolve));
    counter.value = value + 1;
    counter.granted += 1;
    await node.release(handle);
  }
}

function lockOn(...keys: string[]): { locks: { key: string; ttlMs: number }[] } {
  return { locks: keys.map((key) => ({ key, ttlMs: LONG_MS })) };
}

function isDecimal(token: string): boolean {
  return /^\d+$/.test(token);
}
