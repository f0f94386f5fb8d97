import type { Clock } from '../../../../ports/clock.ts';
import { processIds, processStat } from './proc-files.ts';

/** For so long one reading of the list of processes serves all runs. */
const FRESH_MS = 100;

/**
 * Which processes belong to which session. Every child of the pool leads a session, and what it starts is born into it,
 * also when its parent ends first and it becomes an orphan. The session of a process that is known is not read again,
 * so a look costs the list of processes and what is new in it.
 */
export class SessionCensus {
  readonly #clock: Clock;
  readonly #sessions = new Map<number, number>();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The processes of a session, the leader's included. */
  membersOf(leaderPid: number): number[] {
    this.#update();
    const members = [leaderPid];
    for (const [pid, session] of this.#sessions) if (session === leaderPid && pid !== leaderPid) members.push(pid);
    return members;
  }

  #update(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#readAtMs < FRESH_MS) return;
    this.#readAtMs = nowMs;
    const present = new Set(processIds());
    for (const pid of this.#sessions.keys()) if (!present.has(pid)) this.#sessions.delete(pid);
    for (const pid of present) if (!this.#sessions.has(pid)) this.#add(pid);
  }

  #add(pid: number): void {
    const stat = processStat(pid);
    if (stat !== null) this.#sessions.set(pid, stat.sessionId);
  }
}
