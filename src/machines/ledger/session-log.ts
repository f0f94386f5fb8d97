import { TOLERATED_STEP_MS } from '../position/set-clock.ts';
import type { Session, SessionSpan } from '../session.ts';
import { type LedgerEntry, writerOf, writtenAtMs } from './entries.ts';
import { Ring } from './ring.ts';

const MAX_SESSIONS = 1_000;

/** Who writes a ledger: one node, or several that share it. */
export type Writers = 'one-node' | 'several-nodes';

/** From when to when supervisors were running, read from what they wrote. */
export class SessionLog {
  readonly #spans: Ring<SessionSpan>;
  /**
   * When the only writer was last seen. Every run raises it twice, so it is a field, which is taken over into the span
   * of the writer when that is asked for. Null where several nodes write.
   */
  readonly writer: { seenAtMs: number } | null;

  constructor(writers: Writers, spans: readonly SessionSpan[]) {
    this.writer = writers === 'one-node' ? { seenAtMs: Number.NEGATIVE_INFINITY } : null;
    this.#spans = new Ring(MAX_SESSIONS, spans);
  }

  /** The scheduler that opened last. */
  get lastIncarnationId(): string | undefined {
    return this.#spans.last?.incarnationId;
  }

  open({ incarnationId, nodeId, atMs }: Session): void {
    this.#takeOver();
    this.#spans.push({ incarnationId, nodeId, startedAtMs: atMs, seenAtMs: atMs });
  }

  /** Extends the session of the node that wrote an entry. */
  touch(entry: LedgerEntry): void {
    const atMs = writtenAtMs(entry);
    const session = atMs === undefined ? undefined : this.#sessionOf(entry);
    if (session === undefined || atMs === undefined) return;
    const seenAtMs = Math.max(session.seenAtMs, this.writer?.seenAtMs ?? session.seenAtMs);
    // The clock was set back. By the time that it shows now, the session begins only here.
    const isSetBack = entry.kind === 'seen' && atMs < seenAtMs - TOLERATED_STEP_MS;
    if (isSetBack) this.open({ ...session, atMs });
    else this.#extend(session, entry, atMs);
  }

  #extend(session: SessionSpan, entry: LedgerEntry, atMs: number): void {
    const stoppedAtMs = entry.kind === 'closed' ? { stoppedAtMs: entry.atMs } : {};
    this.#spans.replace(session, { ...session, seenAtMs: Math.max(session.seenAtMs, atMs), ...stoppedAtMs });
  }

  /** In the order of their start. */
  items(): readonly SessionSpan[] {
    this.#takeOver();
    return this.#spans.items();
  }

  #sessionOf(entry: LedgerEntry): SessionSpan | undefined {
    if (this.writer !== null) return this.#spans.last;
    const nodeId = writerOf(entry);
    return this.#spans.newest((session) => session.nodeId === nodeId, 1)[0];
  }

  /** The span of the writer now reaches to when it was last seen. What it wrote before it was open is of no session. */
  #takeOver(): void {
    const { last } = this.#spans;
    if (this.writer === null) return;
    const { seenAtMs } = this.writer;
    if (last !== undefined && seenAtMs > last.seenAtMs) this.#spans.replace(last, { ...last, seenAtMs });
    this.writer.seenAtMs = Number.NEGATIVE_INFINITY;
  }
}
