/** Lock backends whose nodes hear each other in a way that is wrong, or whose roster is. */
import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import type {
  LockAnswers,
  LockExchange,
  LockingPlugin,
  LockListener,
  LockNews,
  Roster,
} from '../../../src/supervisor/ports/locking.ts';
import type { WrongLocking } from './wrong-lockings.ts';

interface Faults {
  /** What others hear of an exchange. */
  readonly news?: (request: LockExchange, answers: LockAnswers) => LockNews;
  readonly isTold?: (request: LockExchange) => boolean;
  /** Whether a node hears what it says itself. */
  readonly hearsItself?: boolean;
  readonly isHearing?: boolean;
  readonly roster?: (right: Roster) => Omit<Roster, 'nowMs'>;
}

/** Nodes that are right but for these faults. */
const teller =
  (faults: Faults): WrongLocking =>
  (clock) => {
    const { news: newsIn = newsOf, isTold = ({ isTold: asked }) => asked === true, roster: rosterIn = same } = faults;
    const locks = new MemoryLocks();
    const listeners = new Map<LockingPlugin, LockListener>();
    const tell = (by: LockingPlugin, news: LockNews): void => {
      for (const [node, { heard }] of listeners) {
        if (node !== by || faults.hearsItself) clock.sleep(1, () => heard(news));
      }
    };
    return () => {
      const right = new MemoryLocking(clock, locks);
      const node: LockingPlugin = {
        name: 'wrong',
        tryLock: (key, ttlMs) => right.tryLock(key, ttlMs),
        renew: (handle) => right.renew(handle),
        release: (handle) => right.release(handle),
        announce: (sign) => right.announce(sign),
        readGroup: (id) => right.readGroup(id),
        listen: (listener) => {
          listeners.set(node, listener);
          clock.sleep(1, () => listener.hearing(faults.isHearing ?? true));
        },
        exchange: async (request) => {
          const { roster: _, ...answers } = await right.exchange({ ...request, isTold: false });
          if (isTold(request)) tell(node, newsIn(request, answers));
          if (request.sign === undefined) return answers;
          return { ...answers, roster: rosterIn(await right.announce(request.sign)) };
        },
      };
      return node;
    };
  };

const same = (right: Roster): Roster => right;

function newsOf({ attempts }: LockExchange, answers: LockAnswers): LockNews {
  const keysOf = (isGranted: boolean): readonly string[] =>
    attempts
      .filter(({ isWaiting }, place) => (answers.attempts[place] !== null) === isGranted && (isGranted || isWaiting))
      .flatMap(({ locks }) => locks.filter(({ occurrence }) => (occurrence !== undefined) === isGranted))
      .map(({ key }) => key);
  return { claimed: keysOf(true), wanted: keysOf(false) };
}

const allKeys = ({ attempts }: LockExchange): readonly string[] =>
  attempts.flatMap(({ locks }) => locks.map(({ key }) => key));

/** A backend that keeps the rules, to show that it is the faults that break them. */
export const rightTeller: WrongLocking = teller({});

/** By what is wrong, as in wrong-lockings.ts. */
export const WRONG_TELLERS: Readonly<Record<string, readonly [wrong: WrongLocking, said: RegExp]>> = {
  'never hears': [teller({ isHearing: false }), /never counts as hearing/],
  'tells nothing': [teller({ isTold: () => false }), /does not hear what was claimed/],
  'tells everything': [teller({ isTold: () => true }), /hear of an exchange without isTold/],
  'lets a node hear itself': [teller({ hearsItself: true }), /a node hears what it has claimed itself/],
  'takes every lock for a claim': [
    teller({ news: (request) => ({ claimed: allKeys(request), wanted: [] }) }),
    /a lock that is no claim is heard of as one/,
  ],
  'does not tell what is waited for': [
    teller({ news: (request, answers) => ({ ...newsOf(request, answers), wanted: [] }) }),
    /does not hear which lock others wait for/,
  ],
  'tells of every refusal': [
    teller({ news: (request, answers) => ({ ...newsOf(request, answers), wanted: allKeys(request) }) }),
    /a claim that was refused is heard of|nobody waits for/,
  ],
  'has a roster without the others': [
    teller({ roster: ({ nodeIds, ...rest }) => ({ ...rest, nodeIds: nodeIds.slice(0, 1) }) }),
    /a node that is alive is not on the roster/,
  ],
  'has a roster with a wrong group': [
    teller({ roster: (right) => ({ ...right, groups: {} }) }),
    /a wrong group for the node/,
  ],
};
