import { entryBytes, MAX_VALUE_BYTES, ownerName, spaceName } from '../../machines/kv/kv-names.ts';
import type { KvAnswer, KvRequest } from '../../machines/kv/kv-request.ts';
import { utf8Length } from '../../machines/kv/utf8.ts';
import type { JsonValue } from '../../plugin.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { previewOf } from '../../wire/value-preview.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallingRun } from '../ports/plugin-calls.ts';
import type { StateStore } from '../ports/store.ts';
import { within } from '../ports/within.ts';
import { CallArguments } from './call-arguments.ts';

const DEFAULT_QUOTA_KB = 1_024;
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1_000;
/** A store settles its calls in bounded time; this is for one that does not. */
const STORE_LIMIT_MS = 15_000;
/** The longest name of a space: databases keep it in an index. It takes many unusual characters to get there. */
const MAX_SPACE_BYTES = 1_500;

/** Answers the calls of `kv`: who may use which space, what may be in it, and how much. */
export class KvCalls {
  readonly #clock: Clock;
  readonly #store: StateStore;

  constructor(clock: Clock, store: StateStore) {
    this.#clock = clock;
    this.#store = store;
  }

  async get(run: CallingRun, args: readonly unknown[]): Promise<JsonValue> {
    const call = new CallArguments('kv.get', args, 2);
    const space = spaceOf(run, call);
    const text = await this.#ask(call, { kind: 'kv.get', space, key: call.keyAt(1) });
    if (text === null) return null;
    try {
      return JSON.parse(text as string) as JsonValue;
    } catch (error) {
      throw call.failed(`what store "${this.#store.name}" has under this key is not JSON: set it again`, error);
    }
  }

  async set(run: CallingRun, args: readonly unknown[]): Promise<null> {
    const call = new CallArguments('kv.set', args, 3);
    const space = spaceOf(run, call);
    const key = call.keyAt(1);
    const value = textOf(call, call.at(2));
    const owner = ownerName(run.definition.identity);
    const quotaKb = run.definition.source.permissions?.storageQuotaKb ?? DEFAULT_QUOTA_KB;
    const quotaBytes = quotaKb * 1_024;
    if (await this.#ask(call, { kind: 'kv.set', space, key, value, owner, quotaBytes })) return null;
    const bytes = entryBytes(key, value);
    throw call.limit(
      `its ${bytes} bytes do not fit into what is left of the plugin's ${quotaKb} KiB (permissions.storageQuotaKb)`,
    );
  }

  async delete(run: CallingRun, args: readonly unknown[]): Promise<boolean> {
    const call = new CallArguments('kv.delete', args, 2);
    const space = spaceOf(run, call);
    return (await this.#ask(call, { kind: 'kv.delete', space, key: call.keyAt(1) })) as boolean;
  }

  /** Asks for one key more than a page has, to know whether there is another page. */
  async list(run: CallingRun, args: readonly unknown[]): Promise<JsonValue> {
    const call = new CallArguments('kv.list', args, 4);
    const space = spaceOf(run, call);
    const prefix = call.keyLike(call.at(1) ?? '', 'prefix', 0);
    const given = call.at(2) ?? null;
    const after = given === null ? null : call.keyLike(given, '"after"', 0);
    const limit = pageOf(call, call.at(3));
    const keys = (await this.#ask(call, {
      kind: 'kv.list',
      space,
      prefix,
      after,
      limit: limit + 1,
    })) as readonly string[];
    const page = keys.slice(0, limit);
    return { keys: page, next: keys.length > limit ? (page.at(-1) ?? null) : null };
  }

  async #ask(call: CallArguments, request: KvRequest): Promise<KvAnswer> {
    const { name, kv } = this.#store;
    if (kv === undefined) throw call.failed(`store "${name}" keeps nothing for plugins: it has no method kv`);
    try {
      const answer = Promise.resolve(kv.call(this.#store, request));
      return await within(this.#clock, answer, { limitMs: STORE_LIMIT_MS, who: 'it' });
    } catch (error) {
      throw call.failed(`store "${name}" failed: ${reasonOf(error).replace(/\.$/, '')}`, error);
    }
  }
}

/** The space of a call. @throws HostCallError when the plugin was not granted it. */
function spaceOf({ definition }: CallingRun, call: CallArguments): string {
  const namespace = call.namespaceAt(0);
  const { identity, source } = definition;
  if (namespace !== null && source.permissions?.kvNamespaces?.includes(namespace) !== true) {
    throw call.denied(`the plugin was not granted the namespace ${previewOf(namespace)} (permissions.kvNamespaces)`);
  }
  const space = spaceName(identity, namespace);
  if (utf8Length(space) <= MAX_SPACE_BYTES) return space;
  throw call.denied('the names of its tenant, site and namespace are too long together');
}

/** The arguments of every call are JSON, unless they are left out. */
function textOf(call: CallArguments, value: unknown): string {
  if (value === undefined) throw call.invalid('its value must be JSON of up to 256 KiB, but it is undefined');
  const text = JSON.stringify(value);
  const bytes = utf8Length(text);
  if (bytes <= MAX_VALUE_BYTES) return text;
  throw call.invalid(`its value must be JSON of up to 256 KiB, but its text has ${bytes} bytes`);
}

function pageOf(call: CallArguments, given: unknown): number {
  const limit = given ?? DEFAULT_PAGE;
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw call.invalid(`its limit must be a whole number from 1 to ${MAX_PAGE}, not ${previewOf(limit)}`);
}
