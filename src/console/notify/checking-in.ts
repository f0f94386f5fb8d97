/**
 * Checks in with monitors that alarm when a run does not: a request when a run begins, when it has succeeded, and when
 * it has failed. A URL is mostly a secret, so that only its origin is named.
 */
import type { Outcome } from '../../index.ts';
import { hash } from '../../machines/hash.ts';
import { FAILURES } from '../../machines/run.ts';
import type { ScheduleCheckIn } from '../../supervisor/operator-reports.ts';
import type { NotifyParts, Warn } from './notify-parts.ts';
import { type Attempt, OutgoingLine } from './outgoing-line.ts';
import { retryAfterMs } from './retrying.ts';

/** What a monitor hears of a run. */
export type RunSign = 'start' | 'success' | 'failure';

/** So many requests at a time to one server at most. */
const LINES_PER_ORIGIN = 8;
const MAX_WAITING = 500;
const TIMEOUT_MS = 10_000;
/** A sign that arrives later than this misleads more than it helps. */
const GIVE_UP_AFTER_MS = 60_000;
const TRY_AGAIN = new Set([408, 425, 429]);

export class CheckingIn {
  readonly #parts: NotifyParts;
  readonly #warn: Warn;
  #byKey: ReadonlyMap<string, readonly ScheduleCheckIn[]> = new Map();
  /** By origin. */
  readonly #lines = new Map<string, readonly OutgoingLine[]>();
  #isClosed = false;

  constructor(parts: NotifyParts, warn: Warn) {
    [this.#parts, this.#warn] = [parts, warn];
  }

  /** Whether no schedule checks in anywhere. */
  get isIdle(): boolean {
    return this.#byKey.size === 0;
  }

  /** From now on schedules check in there, and nowhere else. */
  use(checkIns: readonly ScheduleCheckIn[]): void {
    this.#byKey = Map.groupBy(checkIns, ({ key }) => key);
  }

  started({ key, runId }: { readonly key: string; readonly runId: string }): void {
    this.#sign(key, runId, 'start');
  }

  /** What is not the doing of the plugin, such as a stop, is no sign: the monitor notices if none follows. */
  ended({ key, runId, outcome }: { readonly key: string; readonly runId: string; readonly outcome: Outcome }): void {
    if (outcome === 'succeeded') this.#sign(key, runId, 'success');
    else if (FAILURES.has(outcome)) this.#sign(key, runId, 'failure');
  }

  async close(limitMs: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#lines.values()].flat().map((line) => line.close(limitMs)));
  }

  #sign(key: string, runId: string, sign: RunSign): void {
    if (this.#isClosed) return;
    for (const checkIn of this.#byKey.get(key) ?? []) {
      const url = checkInUrl(checkIn, sign, runId);
      if (url !== null)
        this.#lineFor(checkIn.url).add({ attempt: (signal) => this.#ask(url, signal), ended: () => {} });
    }
  }

  /** All signs for one URL go the same way, so that they arrive in order. */
  #lineFor(url: string): OutgoingLine {
    const { origin } = new URL(url);
    const known = this.#lines.get(origin) ?? this.#newLines(origin);
    this.#lines.set(origin, known);
    return known[hash(url) % known.length] as OutgoingLine;
  }

  #newLines(origin: string): OutgoingLine[] {
    const options = {
      name: `The monitor at ${origin}`,
      maxWaiting: MAX_WAITING,
      timeoutMs: TIMEOUT_MS,
      giveUpAfterMs: GIVE_UP_AFTER_MS,
    };
    return Array.from({ length: LINES_PER_ORIGIN }, () => new OutgoingLine(options, this.#parts, this.#warn));
  }

  async #ask(url: string, signal: AbortSignal): Promise<Attempt> {
    const { exchange, clock } = this.#parts;
    const { status, retryAfter } = await exchange({ url, method: 'GET', headers: {}, body: null }, signal);
    if (status >= 200 && status < 300) return { is: 'taken' };
    const reason = `it answered with status ${status}`;
    // Another check of the same monitor must not wait for one that does not exist.
    if (status >= 400 && status < 500 && !TRY_AGAIN.has(status)) return { is: 'unwanted', reason };
    return { is: 'failed', reason, notBeforeMs: retryAfterMs(retryAfter, clock.nowMs()) };
  }
}

/** Where a monitor wants to hear of it; null if it does not want to. */
export function checkInUrl({ url, style }: Omit<ScheduleCheckIn, 'key'>, sign: RunSign, runId: string): string | null {
  const target = new URL(url);
  switch (style) {
    case 'healthchecks':
      if (sign !== 'success')
        target.pathname = `${target.pathname.replace(/\/$/, '')}/${sign === 'start' ? 'start' : 'fail'}`;
      target.searchParams.set('rid', runId);
      return target.href;
    case 'cronitor':
      target.searchParams.set('state', { start: 'run', success: 'complete', failure: 'fail' }[sign]);
      target.searchParams.set('series', runId);
      return target.href;
    case 'plain':
      return sign === 'success' ? target.href : null;
  }
}
