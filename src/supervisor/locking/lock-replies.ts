/**
 * What a lock backend answers, checked before anybody believes it. A backend may be made by a user, or be a server in
 * whose place another one answers. What is wrong with a reply must not become a lock that nobody holds, nor an
 * exception somewhere else: it is a failure of the backend, like no answer at all.
 */
import { previewOf } from '../../wire/value-preview.ts';
import type { GroupRoster } from '../ports/groups.ts';
import type { AskedLock, LockExchange, LockHandle, LockNews, Roster } from '../ports/locking.ts';

/** The name of a backend in messages and statistics, also of one that has none. */
export function nameOf({ name }: { readonly name: unknown }): string {
  return typeof name === 'string' && name !== '' ? name : 'unnamed';
}

type WantedLock = AskedLock;
type Granted = readonly LockHandle[] | null;

/** A value of the reply, or what is wrong with it. */
export type Judged<T> = T | WrongReplyError;

/** The backend answered with something else than the `LockingPlugin` contract says. */
export class WrongReplyError extends Error {
  constructor(rule: string, reply: unknown) {
    super(`the lock backend gave a wrong reply: ${rule}, not ${previewOf(reply)}`);
  }

  override get name(): string {
    return 'WrongReplyError';
  }
}

/** @throws WrongReplyError */
export function grantIn(reply: unknown, wanted: WantedLock): LockHandle | null {
  return reply === null ? null : handleIn(reply, wanted);
}

/** @throws WrongReplyError */
export function renewalIn(reply: unknown): boolean {
  if (typeof reply !== 'boolean') throw new WrongReplyError('a renewal must be true or false', reply);
  return reply;
}

/** @throws WrongReplyError */
export function rosterIn(reply: unknown, asking: string | null): Roster {
  const { nodeIds, nowMs } = objectIn(reply, 'announce() must give { nodeIds, nowMs }') as Partial<Roster>;
  if (!Array.isArray(nodeIds) || nodeIds.some((id) => typeof id !== 'string')) {
    throw new WrongReplyError('nodeIds must be an array of strings', nodeIds);
  }
  if (asking !== null && !nodeIds.includes(asking)) {
    throw new WrongReplyError(`nodeIds must have the node that asks, ${previewOf(asking)}`, nodeIds);
  }
  if (!Number.isFinite(nowMs)) throw new WrongReplyError('nowMs must be epoch milliseconds', nowMs);
  return { nodeIds: [...nodeIds], nowMs: nowMs as number, ...groupsIn(reply) };
}

/** What an announcement was answered about groups: nothing, or all of it. @throws WrongReplyError */
export function groupsIn(reply: unknown): Partial<GroupRoster> {
  const { groups, isGroupKnown } = Object(reply) as Partial<GroupRoster>;
  if (groups === undefined) return {};
  const ids = Object.entries(objectIn(groups, 'groups must be an object with the group of each node'));
  if (ids.some(([, id]) => typeof id !== 'string')) throw new WrongReplyError('groups must have texts', groups);
  if (typeof isGroupKnown !== 'boolean') throw new WrongReplyError('isGroupKnown must be true or false', isGroupKnown);
  return { groups: Object.fromEntries(ids), isGroupKnown };
}

/** The keys of a group. @throws WrongReplyError */
export function keysIn(reply: unknown): readonly string[] | null {
  if (reply === null || (Array.isArray(reply) && reply.every((key) => typeof key === 'string'))) return reply;
  throw new WrongReplyError('readGroup() must give an array of strings, or null', reply);
}

/**
 * Judges each answer of an exchange by itself, so that one that is wrong does not spoil the others. A list of another
 * length than the request's is wrong as a whole, because nobody knows which answer is missing.
 * @throws WrongReplyError
 */
export function answersIn(reply: unknown, request: LockExchange) {
  const { renewals, attempts } = objectIn(reply, 'exchange() must give { renewals, attempts }') as {
    readonly [list: string]: unknown;
  };
  return {
    renewals: each(renewals, request.renewals, (answer) => renewalIn(answer)),
    attempts: each(attempts, request.attempts, (answer, { locks }): Granted => grantsIn(answer, locks)),
  };
}

/** Longer news are not believed. */
const MAX_NEWS = 10_000;

/** What another node is said to have said; lists that are wrong are empty. Never throws. */
export function newsIn(news: unknown): LockNews {
  try {
    const { claimed, wanted } = Object(news) as { readonly [list: string]: unknown };
    return { claimed: keysOf(claimed), wanted: keysOf(wanted) };
  } catch {
    return { claimed: [], wanted: [] };
  }
}

function keysOf(list: unknown): readonly string[] {
  const isRight = Array.isArray(list) && list.length <= MAX_NEWS && list.every((key) => typeof key === 'string');
  return isRight ? [...list] : [];
}

/** What an exchange says of the backend's clock; null if nothing, or nothing that could be a time. Never throws. */
export function clockIn(reply: unknown): number | null {
  try {
    const { nowMs } = Object(reply) as { readonly nowMs?: unknown };
    return typeof nowMs === 'number' && Number.isFinite(nowMs) ? nowMs : null;
  } catch {
    return null;
  }
}

/**
 * The locks that a wrong reply seems to have granted all the same: they are to be given back, for otherwise they would
 * be in the way until they expire. Never throws.
 */
export function straysIn(reply: unknown, request: Pick<LockExchange, 'attempts'>): LockHandle[] {
  try {
    const { attempts } = Object(reply) as { readonly attempts?: unknown };
    const given = (Array.isArray(attempts) ? attempts : []).flat() as unknown[];
    const wanted = request.attempts.flatMap(({ locks }) => locks);
    return given.flatMap((handle) => wanted.flatMap((lock) => straysOf(handle, lock)));
  } catch {
    return [];
  }
}

/** The same for the reply to a request for one lock. */
export function straysOf(reply: unknown, wanted: WantedLock): LockHandle[] {
  try {
    const { key, lockId } = Object(reply) as { readonly key?: unknown; readonly lockId?: unknown };
    if (key !== wanted.key || typeof lockId !== 'string') return [];
    return [{ ...Object(reply), key, lockId, ttlMs: wanted.ttlMs }];
  } catch {
    return [];
  }
}

function grantsIn(reply: unknown, wanted: readonly WantedLock[]): Granted {
  if (reply === null) return null;
  const handles = each(reply, wanted, handleIn);
  for (const handle of handles) if (handle instanceof WrongReplyError) throw handle;
  return handles as LockHandle[];
}

/** Fields that only the backend knows go back to it with the lock. The lock is trusted no longer than was asked for. */
function handleIn(reply: unknown, wanted: WantedLock): LockHandle {
  const handle = { ...objectIn(reply, 'a lock must be { key, lockId, ttlMs }') } as Partial<LockHandle>;
  const { key, lockId, ttlMs, fencingToken } = handle;
  if (key !== wanted.key) throw new WrongReplyError(`the lock's key must be ${previewOf(wanted.key)}`, key);
  if (typeof lockId !== 'string' || lockId === '') throw new WrongReplyError('lockId must be a text', lockId);
  if (typeof ttlMs !== 'number' || !Number.isFinite(ttlMs) || ttlMs <= 0) {
    throw new WrongReplyError('ttlMs must be a number above 0', ttlMs);
  }
  if (fencingToken !== undefined && !(typeof fencingToken === 'string' && /^\d{1,64}$/.test(fencingToken))) {
    throw new WrongReplyError('fencingToken must be a decimal number in a string', fencingToken);
  }
  return { ...handle, key, lockId, ttlMs: Math.min(ttlMs, wanted.ttlMs) };
}

function each<Q, A>(
  reply: unknown,
  asked: readonly Q[],
  judge: (answer: unknown, asked: Q) => A,
): readonly Judged<A>[] {
  const isWhole = Array.isArray(reply) && reply.length === asked.length;
  return asked.map((question, place) => {
    if (!isWhole) return new WrongReplyError(`there must be ${asked.length} answers`, reply);
    try {
      return judge(reply[place], question);
    } catch (error) {
      return error instanceof WrongReplyError ? error : new WrongReplyError('it must be readable', '[unreadable]');
    }
  });
}

function objectIn(reply: unknown, rule: string): object {
  if (typeof reply !== 'object' || reply === null) throw new WrongReplyError(rule, reply);
  return reply;
}
