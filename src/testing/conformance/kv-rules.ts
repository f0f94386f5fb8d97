/** Rules for stores that keep what plugins keep. A store without `kv` passes them. */
import type { KvAnswer, KvRequest } from '../../machines/kv/kv-request.ts';
import type { StateStore } from '../../supervisor/ports/store.ts';
import { must } from './conformance-case.ts';
import { mustEqual, type StoreRule } from './store-nodes.ts';

const QUOTA_BYTES = 1_048_576;

/** A store as the rules ask it, on behalf of one owner in one space. */
interface Keeper {
  get(key: string): Promise<KvAnswer>;
  set(key: string, value: string, quotaBytes?: number): Promise<KvAnswer>;
  remove(key: string): Promise<KvAnswer>;
  list(own?: { prefix?: string; after?: string | null; limit?: number }): Promise<KvAnswer>;
}

function keeper(store: StateStore, space: string, owner = space): Keeper {
  const ask = async (request: KvRequest): Promise<KvAnswer> => (store as Required<StateStore>).kv(request);
  return {
    get: (key) => ask({ kind: 'kv.get', space, key }),
    set: (key, value, quotaBytes = QUOTA_BYTES) => ask({ kind: 'kv.set', space, key, value, owner, quotaBytes }),
    remove: (key) => ask({ kind: 'kv.delete', space, key }),
    list: ({ prefix = '', after = null, limit = 100 } = {}) => ask({ kind: 'kv.list', space, prefix, after, limit }),
  };
}

export const KV_RULES: readonly StoreRule[] = [
  [
    'keeps an entry until it is deleted, also when it is opened anew',
    async ({ key: space, open }) => {
      const first = await open();
      const kv = keeper(first.store, space);
      mustEqual(await kv.get('a'), null, 'an entry is there before it was written');
      mustEqual(await kv.set('a', '{"n":1}'), true, 'an entry that fits is refused');
      mustEqual(await kv.set('b', '[]'), true, 'an entry that fits is refused');
      mustEqual(await kv.set('a', '{"n":2}'), true, 'an entry cannot be written again');
      mustEqual(await kv.remove('b'), true, 'a deletion does not say that there was an entry');
      mustEqual(await kv.remove('b'), false, 'a deletion says that there was an entry when there was none');
      await first.close();
      const later = keeper((await open()).store, space);
      mustEqual(await later.get('a'), '{"n":2}', 'an entry is not as it was written');
      mustEqual(await later.list(), ['a'], 'the keys are not those that were written and not deleted');
    },
  ],
  [
    'takes any text as a key and as a value, and keeps it as it is',
    async ({ key: space, open }) => {
      const first = await open();
      const kv = keeper(first.store, space);
      const keys = [
        '\u0000',
        'a\u0000b',
        'ü',
        '🔒',
        ' ',
        '"\'\\%_',
        '\u{10ffff}',
        '\ufffd',
        'k'.repeat(512),
        '__proto__',
      ];
      const textOf = (key: string): string => JSON.stringify({ key, lone: '\ud800', nul: '\u0000' });
      for (const key of keys) await kv.set(key, textOf(key));
      await first.close();
      const later = keeper((await open()).store, space);
      for (const key of keys) mustEqual(await later.get(key), textOf(key), 'an entry is not as it was written');
      must(((await later.list()) as string[]).length === keys.length, 'keys are lost or mixed up');
    },
  ],
  [
    'keeps a value of 256 KiB',
    async ({ key: space, open }) => {
      const kv = keeper((await open()).store, space);
      const value = JSON.stringify('x'.repeat(256 * 1_024 - 2));
      mustEqual(await kv.set('large', value), true, 'a large value is refused');
      must((await kv.get('large')) === value, 'a large value is not as it was written');
    },
  ],
  [
    'lists keys in the order of code points, in pages, by prefix',
    async ({ key: space, open }) => {
      const kv = keeper((await open()).store, space);
      // In UTF-16 the last one would come before the one before it.
      const keys = ['a', 'a/1', 'a/2', 'a/ü', 'a0', 'b', 'é', '\uffee', '\u{1f512}'];
      for (const key of keys.toReversed()) await kv.set(key, '1');
      mustEqual(await kv.list(), keys, 'keys are not in the order of code points');
      mustEqual(await kv.list({ limit: 2 }), ['a', 'a/1'], 'a page has not as many keys as were asked for');
      mustEqual(await kv.list({ after: 'a/1', limit: 2 }), ['a/2', 'a/ü'], 'a page does not follow the one before');
      mustEqual(await kv.list({ after: 'a/11' }), keys.slice(2), 'a page after a key that is gone is wrong');
      mustEqual(await kv.list({ prefix: 'a/' }), ['a/1', 'a/2', 'a/ü'], 'keys by prefix are wrong');
      mustEqual(await kv.list({ prefix: 'a/', after: 'a/1' }), ['a/2', 'a/ü'], 'a page of keys by prefix is wrong');
      mustEqual(await kv.list({ prefix: 'a/', after: 'Z' }), ['a/1', 'a/2', 'a/ü'], 'a page by prefix is wrong');
      mustEqual(await kv.list({ prefix: 'a/', after: 'b' }), [], 'a page goes beyond its prefix');
      mustEqual(await kv.list({ prefix: '\u{1f512}' }), ['\u{1f512}'], 'the last key is not found by prefix');
    },
  ],
  [
    'refuses what does not fit into the quota, and then changes nothing',
    async ({ key: space, open }) => {
      const kv = keeper((await open()).store, space);
      const of = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));
      mustEqual(await kv.set('a', of(499), 1_000), true, 'an entry that fits is refused');
      mustEqual(await kv.set('b', of(500), 1_000), false, 'an entry that does not fit is taken');
      mustEqual(await kv.get('b'), null, 'an entry that was refused is there');
      mustEqual(await kv.set('b', of(499), 1_000), true, 'an entry that just fits is refused');
      mustEqual(await kv.set('a', of(500), 1_000), false, 'an entry grows beyond the quota');
      mustEqual(await kv.get('a'), of(499), 'an entry that could not grow is not as it was');
      mustEqual(await kv.set('a', of(200), 1_000), true, 'an entry cannot shrink');
      mustEqual(await kv.set('c', of(298), 1_000), true, 'room that became free is not free');
      await kv.remove('c');
      mustEqual(await kv.set('d', of(298), 1_000), true, 'the room of a deleted entry is not free');
      mustEqual(await kv.set('ü', '1', 1_000), false, 'a small entry counts as less than 64 bytes');
    },
  ],
  [
    'counts an entry as that of who wrote it last',
    async ({ key: space, open }) => {
      const { store } = await open();
      const [a, b] = [keeper(store, space, `${space} a`), keeper(store, space, `${space} b`)];
      const half = JSON.stringify('x'.repeat(400));
      await a.set('shared', half, 1_000);
      mustEqual(await b.set('own', half, 1_000), true, 'an owner is charged for what another one wrote');
      mustEqual(await b.set('shared', half, 1_000), true, 'an owner cannot take an entry over');
      mustEqual(
        await a.set('more', JSON.stringify('x'.repeat(900)), 1_000),
        true,
        'who lost an entry is still charged',
      );
      mustEqual(await b.set('more', half, 1_000), false, 'who took an entry over is not charged for it');
    },
  ],
  [
    'keeps spaces apart',
    async ({ key: space, open }) => {
      const { store } = await open();
      const [one, other] = [keeper(store, space), keeper(store, `${space}x`)];
      await one.set('k', '1');
      await other.set('k', '2');
      await other.set('l', '3');
      mustEqual(await one.get('k'), '1', 'a space sees an entry of another one');
      mustEqual(await one.list(), ['k'], 'a space lists keys of another one');
      mustEqual(await other.remove('k'), true, 'an entry cannot be deleted');
      mustEqual(await one.get('k'), '1', 'a space has lost what was deleted in another one');
    },
  ],
  [
    'compares changes at the same moment with the quota one after another',
    async ({ key: space, open }) => {
      const nodes = [await open()];
      if (nodes[0]?.store.isShared === true) nodes.push(await open());
      const value = JSON.stringify('x'.repeat(98));
      const taken = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          keeper((nodes[index % nodes.length] as (typeof nodes)[0]).store, space).set(`k${index % 20}`, value, 1_030),
        ),
      );
      must(taken.includes(false), 'changes at the same moment go beyond the quota');
      mustEqual(
        ((await keeper((nodes[0] as (typeof nodes)[0]).store, space).list()) as string[]).length,
        10,
        'changes at the same moment do not fill the quota',
      );
    },
  ],
];
