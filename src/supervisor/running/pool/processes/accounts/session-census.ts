import type { Clock } from '../../../../ports/clock.ts';
import { processIds, processStat } from './proc-files.ts';

/** For so long one reading of the list of processes serves all runs. */
const FRESH_MS = 100;

/** Between its fork and its exec, a process shows its parent's memory as its own. That takes less than this. */
const EXEC_MS = 10;

interface Member {
  readonly parent: number;
  readonly session: number;
  readonly seenAtMs: number;
}

/**
 * Which processes belong to which session. Every child of the pool leads a session, and what it starts is born into it,
 * also when its parent ends first and it becomes an orphan. The session of a process that is known is not read again,
 * so a look costs the list of processes and what is new in it.
 */
export class SessionCensus {
  readonly #clock: Clock;
  readonly #members = new Map<number, Member>();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The processes of a session, the leader's included. */
  membersOf(leaderPid: number): number[] {
    this.#update();
    return this.#those(leaderPid, Number.POSITIVE_INFINITY);
  }

  /** Those of them whose memory is their own. */
  holdersOf(leaderPid: number): number[] {
    this.#update();
    return this.#those(leaderPid, this.#clock.monotonicMs() - EXEC_MS);
  }

  /** Which process has started this one; null when it is not known. */
  parentOf(pid: number): number | null {
    return this.#members.get(pid)?.parent ?? null;
  }

  /** Has the next answer be of this moment. */
  outdate(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }

  #those(leaderPid: number, seenUntilMs: number): number[] {
    const pids = [leaderPid];
    for (const [pid, { session, seenAtMs }] of this.#members) {
      if (session === leaderPid && pid !== leaderPid && seenAtMs <= seenUntilMs) pids.push(pid);
    }
    return pids;
  }

  #update(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#readAtMs < FRESH_MS) return;
    this.#readAtMs = nowMs;
    const present = new Set(processIds());
    for (const pid of this.#members.keys()) if (!present.has(pid)) this.#members.delete(pid);
    for (const pid of present) if (!this.#members.has(pid)) this.#add(pid, nowMs);
  }

  #add(pid: number, seenAtMs: number): void {
    const stat = processStat(pid);
    if (stat !== null) this.#members.set(pid, { parent: stat.parentId, session: stat.sessionId, seenAtMs });
  }
}
