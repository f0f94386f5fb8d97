/**
 * Stands between the supervisor and a store or lock backend of the user's own. What such a backend answers is checked
 * before it is believed: a wrong answer is a failure of the backend, as a rejection is, and not an exception in the
 * middle of the engine. What it reports unasked is checked too, and dropped with a warning when it makes no sense.
 */

import type { KvAnswer, KvRequest } from '../machines/kv/kv-request.ts';
import type { Claim } from '../machines/schedule-entries.ts';
import { previewOf } from '../wire/value-preview.ts';
import type { Clock } from './ports/clock.ts';
import type { LockHandle, LockingPlugin, Roster } from './ports/locking.ts';
import type { StateStore, StoreListener, WriteAnswer } from './ports/store.ts';
import { within } from './ports/within.ts';

/** Our own stores give up after ten seconds, and those who wait for a store themselves after fifteen. */
const STORE_LIMIT_MS = 20_000;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
/** An array with a constructor of its own would run foreign code in every `filter` and `map`. */
const isPlainArray = (value: unknown): value is unknown[] => Array.isArray(value) && value.constructor === Array;
const isListOf =
  (check: Check): Check =>
  (value) =>
    isPlainArray(value) && Array.from(value).every(check);
const isObjectWith = (fields: Readonly<Record<string, Check>>): Check => {
  const checks = Object.entries(fields);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    checks.every(([name, check]) => check((value as Record<string, unknown>)[name]));
};

const isHandle = isObjectWith({ key: isText, lockId: isText, ttlMs: isNumber, fencingToken: isOptional(isText) });
const isHandleOrNull: Check = (value) => value === null || isHandle(value);
const isHandles: Check = (value) => value === null || isListOf(isHandle)(value);
const isGroups: Check = (value) => isObjectWith({})(value) && Object.values(value as object).every(isText);
const isGroupRoster = isObjectWith({ groups: isGroups, isGroupKnown: isFlag });
const isRoster: Check = (value) =>
  isObjectWith({ nodeIds: isListOf(isText), nowMs: isNumber })(value) &&
  ((value as Roster).groups === undefined || isGroupRoster(value));
const isKeys: Check = (value) => value === null || isListOf(isText)(value);
const isWritten = isObjectWith({ isTaken: isFlag, isEarly: isOptional(isFlag), fencingToken: isOptional(isText) });
const isDraft = isObjectWith({
  runId: isText,
  key: isText,
  scheduledAtMs: isNumber,
  dueAtMs: isNumber,
  trigger: isText,
});
const isClaims = isListOf(
  isObjectWith({ runId: isText, key: isText, nodeId: isText, claimedAtMs: isNumber, draft: isDraft }),
);
const isStates = isListOf(
  isObjectWith({
    key: isText,
    createdAtMs: isNumber,
    declared: isObjectWith({ cron: isText, timezone: isText }),
    cursorMs: isNumber,
    runCount: isNumber,
    dueCount: isNumber,
    outcomes: isObjectWith({}),
    failuresInRow: isNumber,
  }),
);
const isStored = isObjectWith({ schedules: isStates, openClaims: isClaims });
const isRecords = isListOf(isObjectWith({ runId: isText, key: isText, outcome: isText, finishedAtMs: isNumber }));
const isFacts = isObjectWith({
  claims: isClaims,
  records: isRecords,
  life: isListOf(isObjectWith({ kind: isText, atMs: isNumber })),
  sessions: isListOf(isObjectWith({})),
});
const isOperations = isListOf(isObjectWith({ atMs: isNumber, nodeId: isText, by: isText, action: isText }));
const isWarning = isObjectWith({ code: isText, message: isText });
const isReading = isObjectWith({ nowMs: isNumber, askedAtMonotonicMs: isNumber, answeredAtMonotonicMs: isNumber });

export function checkedLocking(backend: LockingPlugin): LockingPlugin {
  const asked = asking(backend.name);
  const { warnings } = backend;
  return {
    name: backend.name,
    ...(isListOf(isWarning)(warnings) && { warnings }),
    tryLock: (key, ttlMs) => asked('tryLock', () => backend.tryLock(key, ttlMs), isHandleOrNull),
    renew: (handle) => asked('renew', () => backend.renew(handle), isFlag),
    release: (handle) => asked('release', () => backend.release(handle)),
    ...(backend.cleanup && { cleanup: () => asked('cleanup', async () => backend.cleanup?.()) }),
    ...(backend.exchange && {
      exchange: (request) => {
        const isAnswer = isObjectWith({
          renewals: (value) => isListOf(isFlag)(value) && hasLength(value, request.renewals),
          attempts: (value) => isListOf(isHandles)(value) && hasLength(value, request.attempts),
          nowMs: isOptional(isNumber),
        });
        return asked('exchange', () => (backend as Required<LockingPlugin>).exchange(request), isAnswer);
      },
    }),
    ...(backend.announce && {
      announce: (sign) => asked('announce', () => (backend as Required<LockingPlugin>).announce(sign), isRoster),
    }),
    ...(backend.readGroup && {
      readGroup: (id) => asked('readGroup', () => (backend as Required<LockingPlugin>).readGroup(id), isKeys),
    }),
    ...(backend.readClock && {
      readClock: () => asked('readClock', () => (backend as Required<LockingPlugin>).readClock(), isNumber),
    }),
    // The locker checks what it hears.
    ...(backend.listen && { listen: (listener) => backend.listen?.(listener) }),
  };
}

/**
 * A store promises that every call settles in bounded time. One that breaks this promise must not hold a schedule for
 * ever, so a call that is not answered in time counts as failed.
 */
export function checkedStore(store: StateStore, clock: Clock): StateStore {
  const checked = asking(store.name);
  const who = `store "${store.name}"`;
  const asked: ReturnType<typeof asking> = (method, call, isRight) =>
    within(clock, checked(method, call, isRight), { limitMs: STORE_LIMIT_MS, who });
  return {
    name: store.name,
    ...(store.isShared === true && { isShared: true }),
    ...(store.readClock && {
      readClock: () => asked('readClock', () => (store as Required<StateStore>).readClock(), isNumber),
    }),
    ...(store.announceGroup &&
      store.readGroup && {
        announceGroup: (sign) =>
          asked('announceGroup', () => (store as Required<StateStore>).announceGroup(sign), isGroupRoster),
        readGroup: (id) => asked('readGroup', () => (store as Required<StateStore>).readGroup(id), isKeys),
      }),
    open: (session, listener) =>
      checked('open', () => store.open(session, checkedListener(store.name, listener)), isStored),
    write: (entry) => {
      const answer: unknown = store.write(entry);
      // An answer that is known at once stays one; anything else is awaited.
      if (isWritten(answer)) return answer as WriteAnswer;
      return asked('write', async () => answer as Promise<WriteAnswer>, isWritten);
    },
    beat: (atMs) => asked('beat', () => store.beat(atMs)),
    openClaims: () => asked('openClaims', () => store.openClaims(), isClaims),
    ...(store.seenClaims && { seenClaims: () => seenClaimsOf(store) }),
    history: (query) => asked('history', () => store.history(query), isRecords),
    facts: (key, atMs) => asked('facts', () => store.facts(key, atMs), isFacts),
    ...(store.kv && {
      kv: (request) =>
        asked(
          'kv',
          async () => (store as Required<StateStore>).kv(request),
          (answer) => isKvAnswer(request, answer),
        ),
    }),
    ...(store.operated &&
      store.audit && {
        operated: (operation) => asked('operated', async () => store.operated?.(operation)),
        audit: (query) => asked('audit', () => (store as Required<StateStore>).audit(query), isOperations),
      }),
    close: (atMs) => checked('close', () => store.close(atMs)),
  };
}

function isKvAnswer(request: KvRequest, answer: unknown): answer is KvAnswer {
  if (request.kind === 'kv.get') return answer === null || isText(answer);
  return request.kind === 'kv.list' ? isListOf(isText)(answer) : isFlag(answer);
}

/** Statistics go without what makes no sense. */
function seenClaimsOf(store: StateStore): readonly Claim[] {
  try {
    const claims = store.seenClaims?.();
    return isClaims(claims) ? (claims as readonly Claim[]) : [];
  } catch {
    return [];
  }
}

/** Calls a backend, which may throw instead of rejecting, and checks what it answers. */
function asking(name: string) {
  return async <T>(method: string, call: () => Promise<T>, isRight: Check = () => true): Promise<T> => {
    const answer = await call();
    if (isRight(answer)) return answer;
    throw new TypeError(`"${name}" answered ${method}() with ${previewOf(answer)}, which is not what its type says`);
  };
}

function checkedListener(name: string, listener: StoreListener): StoreListener {
  const pass = (report: string, isRight: boolean, given: unknown, tell: () => void): void => {
    if (isRight) {
      tell();
      return;
    }
    const message = `Store "${name}" reported ${report}(${previewOf(given)}), which is not what its type says.`;
    listener.warned({ code: 'store-report-dropped', message });
  };
  return {
    warned: (warning) => pass('warned', isWarning(warning), warning, () => listener.warned(warning)),
    lacksState: () => listener.lacksState(),
    changed: (states) => pass('changed', isStates(states), states, () => listener.changed(states)),
    conflicted: () => listener.conflicted(),
    historyChanged: (now) => pass('historyChanged', isNewHistory(now), now, () => listener.historyChanged(now)),
    trusted: (untilMs) => pass('trusted', isNumber(untilMs), untilMs, () => listener.trusted(untilMs)),
    roster: (nodeIds, at) =>
      pass('roster', isListOf(isText)(nodeIds) && isReading(at), nodeIds, () => listener.roster(nodeIds, at)),
    clock: (at) => pass('clock', isReading(at), at, () => listener.clock(at)),
    orphaned: (claims) => pass('orphaned', isClaims(claims), claims, () => listener.orphaned(claims)),
  };
}

const isNewHistory = isObjectWith({ schedules: isStates, forgottenRunIds: isListOf(isText), ownClaims: isClaims });

function hasLength(value: unknown, { length }: { readonly length: number }): boolean {
  return (value as readonly (LockHandle | boolean)[]).length === length;
}
