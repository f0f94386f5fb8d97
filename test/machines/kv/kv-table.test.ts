import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryBytes } from '../../../src/machines/kv/kv-names.ts';
import type { KvEntry, KvRequest } from '../../../src/machines/kv/kv-request.ts';
import { KvTable } from '../../../src/machines/kv/kv-table.ts';

/** The same in the plainest way: a list, and sums over it. */
class Model {
  entries: KvEntry[] = [];

  ask(request: KvRequest): unknown {
    const { space } = request;
    if (request.kind === 'kv.list') {
      const { prefix, after, limit } = request;
      const isBehind = (key: string): boolean =>
        after === null || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
      const keys = this.entries.filter((each) => each.space === space).map(({ key }) => key);
      return keys
        .filter((key) => key.startsWith(prefix) && isBehind(key))
        .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .slice(0, limit);
    }
    const { key } = request;
    const before = this.entries.find((each) => each.space === space && each.key === key);
    const others = this.entries.filter((each) => each !== before);
    if (request.kind === 'kv.get') return before?.value ?? null;
    if (request.kind === 'kv.delete') {
      this.entries = others;
      return before !== undefined;
    }
    const { value, owner, quotaBytes } = request;
    const after = [...others, { space, key, value, owner }];
    const used = after
      .filter((each) => each.owner === owner)
      .reduce((sum, each) => sum + entryBytes(each.key, each.value), 0);
    if (used > quotaBytes) return false;
    this.entries = after;
    return true;
  }
}

const key = fc.constantFrom('a', 'a/1', 'a/2', 'b', '\u0000', 'ü', '\uffee', '🔒', '__proto__');
const space = fc.constantFrom('s', 't');
const owner = fc.constantFrom('x', 'y');
const request: fc.Arbitrary<KvRequest> = fc.oneof(
  fc.record({
    kind: fc.constant('kv.set' as const),
    space,
    key,
    owner,
    value: fc.nat(200).map((length) => JSON.stringify('v'.repeat(length))),
    quotaBytes: fc.constantFrom(300, 500),
  }),
  fc.record({ kind: fc.constant('kv.delete' as const), space, key }),
  fc.record({ kind: fc.constant('kv.get' as const), space, key }),
  fc.record({
    kind: fc.constant('kv.list' as const),
    space,
    prefix: fc.constantFrom('', 'a', 'a/', '🔒', 'z'),
    after: fc.option(key, { nil: null }),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
);

describe('KvTable', () => {
  test('answers as the plainest list would, whatever is asked, and goes on from its entries', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
        let table = new KvTable();
        const model = new Model();
        for (const [index, each] of requests.entries()) {
          expect(table.ask(each)).toEqual(model.ask(each));
          if (index % 7 === 6) table = new KvTable(structuredClone(table.entries()));
        }
        expect(new Set(table.entries())).toEqual(new Set(model.entries));
      }),
    );
  });
});
