import { entryBytes } from '../../machines/kv/kv-names.ts';
import type { KvAnswer, KvRequest } from '../../machines/kv/kv-request.ts';

/** Calls a function in the schema, with its values, and resolves to what it returns. */
export type CallFunction = <T>(expression: string, ...values: readonly unknown[]) => Promise<T>;

/** No byte of UTF-8 is as high, so every key that begins with a prefix comes before the prefix and this byte. */
const BEYOND = Buffer.from([0xff]);

/** Answers a request about what plugins keep: see `schema/store-kv-schema.ts`. */
export async function answerKv(request: KvRequest, call: CallFunction): Promise<KvAnswer> {
  const { space } = request;
  switch (request.kind) {
    case 'kv.get':
      return call<string | null>('kv_get($1, $2)', space, bytesOf(request.key));
    case 'kv.set': {
      const { key, value, owner, quotaBytes } = request;
      const size = entryBytes(key, value);
      return call<boolean>('kv_set($1, $2, $3, $4, $5, $6)', space, bytesOf(key), value, owner, size, quotaBytes);
    }
    case 'kv.delete':
      return call<boolean>('kv_delete($1, $2)', space, bytesOf(request.key));
    case 'kv.list': {
      const { prefix, after, limit } = request;
      const low = bytesOf(prefix);
      const high = Buffer.concat([low, BEYOND]);
      const keys = await call<string[]>('kv_list($1, $2, $3, $4, $5)', space, low, high, bytesOf(after ?? ''), limit);
      return keys.map((key) => Buffer.from(key, 'hex').toString('utf8'));
    }
  }
}

function bytesOf(key: string): Buffer {
  return Buffer.from(key, 'utf8');
}
