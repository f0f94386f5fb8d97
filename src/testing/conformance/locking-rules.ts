/** What a lock is: one holder, a ttl, an id. */
import type { LockHandle } from '../../supervisor/ports/locking.ts';
import { must, mustResolve } from './conformance-case.ts';
import { isHeld, type LockingRule, SHORT_MS, SLACK_MS, taken } from './locking-nodes.ts';

/** A lock that is renewed halfway, and looked at again a quarter before its end: a busy machine is late by much less. */
const RENEWED_MS = 1_600;

const ODD_KEYS = [
  'ü 日本 🔒',
  'a'.repeat(500),
  `it's "quoted"`,
  '100 % _ \\',
  'line\nbreak',
  '{braces}',
  'p@t:s/x',
  ' ',
];

export const LOCK_RULES: readonly LockingRule[] = [
  [
    'gives a key to one node at a time, and answers the others with null',
    async ({ key, node }) => {
      const [a, b] = [await node(), await node()];
      const handle = await taken(a, key);
      must(await isHeld(b, key), 'a second node gets a lock that is held');
      must(await isHeld(a, key), 'the holder itself gets its lock a second time');
      await a.release(handle);
      must(!(await isHeld(b, key)), 'a lock that was released is still held');
    },
  ],
  [
    'returns a handle that says what was taken',
    async ({ key, node }) => {
      const a = await node();
      const first = await taken(a, key, 30_000);
      must(first.key === key, `the handle is for another key: ${JSON.stringify(first.key)}`);
      must(first.ttlMs === 30_000, `the handle has another ttl: ${first.ttlMs}`);
      await a.release(first);
      const second = await taken(a, key);
      must(first.lockId !== second.lockId, 'two acquisitions have the same lock id');
      must(isPlain(second), 'the handle is not plain data: it must survive structuredClone');
    },
  ],
  [
    'keeps different keys apart',
    async ({ key, node }) => {
      const a = await node();
      await taken(a, `${key} 1`);
      must(!(await isHeld(a, `${key} 2`)), 'a lock on one key holds another key, too');
      must(!(await isHeld(a, `${key} `)), 'keys that differ in a space are the same key');
    },
  ],
  [
    'accepts any text as a key',
    async ({ key, node }) => {
      const [a, b] = [await node(), await node()];
      for (const odd of ODD_KEYS) {
        const handle = await taken(a, `${key}${odd}`);
        must(await isHeld(b, `${key}${odd}`), `the key ${JSON.stringify(odd)} is not held`);
        await a.release(handle);
        must(!(await isHeld(b, `${key}${odd}`)), `the key ${JSON.stringify(odd)} cannot be released`);
      }
    },
  ],
  [
    'lets a lock expire after its ttl, and not before',
    async ({ key, node, wait }) => {
      const [a, b] = [await node(), await node()];
      await taken(a, key, SHORT_MS);
      must(await isHeld(b, key), 'a lock is free before its ttl has passed');
      await wait(SHORT_MS + SLACK_MS);
      must(!(await isHeld(b, key)), 'a lock whose holder is gone is still held after its ttl');
    },
  ],
  [
    'extends a lock that is renewed in time, by its ttl from the renewal on',
    async ({ key, node, wait }) => {
      const [a, b] = [await node(), await node()];
      const handle = await taken(a, key, RENEWED_MS);
      await wait(RENEWED_MS / 2);
      must(await a.renew(handle), 'a lock cannot be renewed within its ttl');
      await wait(RENEWED_MS / 2 + SLACK_MS);
      must(await isHeld(b, key), 'a renewed lock ends with the ttl of its acquisition');
      await wait(RENEWED_MS);
      must(!(await isHeld(b, key)), 'a renewed lock never expires');
    },
  ],
  [
    'does not renew a lock that has expired, although nobody has taken it since',
    async ({ key, node, wait }) => {
      const a = await node();
      const handle = await taken(a, key, SHORT_MS);
      await wait(SHORT_MS + SLACK_MS);
      must(!(await a.renew(handle)), 'a lock that has expired is revived by its renewal');
      must(!(await isHeld(a, key)), 'a refused renewal takes the lock');
    },
  ],
  [
    'leaves a lock alone that another holder has taken over',
    async ({ key, node, wait }) => {
      const [a, b] = [await node(), await node()];
      const stale = await taken(a, key, SHORT_MS);
      await wait(SHORT_MS + SLACK_MS);
      const fresh = await taken(b, key);
      must(!(await a.renew(stale)), 'a node that has lost a lock can renew it for its new holder');
      await a.release(stale);
      must(await isHeld(a, key), 'a node that has lost a lock releases that of its new holder: compare the lock id');
      must(await b.renew(fresh), 'the new holder cannot renew its lock');
    },
  ],
  [
    'knows a holder by its lock id, not by its node',
    async ({ key, node }) => {
      const a = await node();
      const old = await taken(a, key);
      await a.release(old);
      const fresh = await taken(a, key);
      await a.release(old);
      must(await isHeld(a, key), 'an old handle of the same node releases its newer lock');
      must(!(await a.renew(old)), 'an old handle of the same node can be renewed');
      must(await a.renew(fresh), 'the lock cannot be renewed by its own handle');
    },
  ],
  [
    'accepts the release of a lock that is no longer held',
    async ({ key, node }) => {
      const a = await node();
      const handle = await taken(a, key);
      await a.release(handle);
      await mustResolve(a.release(handle), 'a second release rejects');
      must(!(await a.renew(handle)), 'a released lock can be renewed');
    },
  ],
];

function isPlain(handle: LockHandle): boolean {
  try {
    return JSON.stringify(structuredClone(handle)) === JSON.stringify(handle);
  } catch {
    return false;
  }
}
