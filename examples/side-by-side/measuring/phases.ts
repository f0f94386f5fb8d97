/** Says whether an instant, in epoch milliseconds, belongs to a phase. */
export type Phase = (atMs: number) => boolean;

interface Span {
  readonly key: string;
  readonly fromMs: number;
  untilMs: number;
}

/** The servers need a moment to answer what has piled up. */
const AFTERMATH_MS = 500;

/** Tells the time in which nobody disturbed the servers from the time in which somebody did, so that each is measured by itself. */
export class Phases {
  readonly #spans: Span[] = [];

  /** Begins a disturbance. It lasts until the function that is returned is called, and a moment more. */
  begin(key: string): () => void {
    const span: Span = { key, fromMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
    this.#spans.push(span);
    return () => {
      span.untilMs = Date.now() + AFTERMATH_MS;
    };
  }

  readonly undisturbed: Phase = (atMs) => !this.#spans.some((span) => isIn(span, atMs));

  /** The disturbances of that kind, or null if there was none. */
  of(key: string): Phase | null {
    const spans = this.#spans.filter((span) => span.key === key);
    return spans.length === 0 ? null : (atMs) => spans.some((span) => isIn(span, atMs));
  }
}

function isIn({ fromMs, untilMs }: Span, atMs: number): boolean {
  return fromMs <= atMs && atMs < untilMs;
}
