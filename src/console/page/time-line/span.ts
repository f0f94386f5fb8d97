import { keptChoice } from '../state/kept.ts';

/** How much time the time line shows. */
export const SPANS = { '15 min': 900_000, '2 min': 120_000, '1 h': 3_600_000, '6 h': 21_600_000, '24 h': 86_400_000 };
export type SpanName = keyof typeof SPANS;
export const SPAN_NAMES: readonly SpanName[] = ['2 min', '15 min', '1 h', '6 h', '24 h'];

export const span = keptChoice<SpanName>('span', ['15 min', '2 min', '1 h', '6 h', '24 h']);

/** Where on the time line the present is: what has been is to its left. */
export const NOW_AT = 0.72;

/** Maps instants to places. */
export interface TimeScale {
  readonly nowMs: number;
  readonly spanMs: number;
  readonly width: number;
}

export function placeOf(ms: number, { nowMs, spanMs, width }: TimeScale): number {
  return width * (NOW_AT + (ms - nowMs) / spanMs);
}

/** The first and the last instant that can be seen. */
export function seenBetween(nowMs: number, spanMs: number): readonly [sinceMs: number, untilMs: number] {
  return [nowMs - NOW_AT * spanMs, nowMs + (1 - NOW_AT) * spanMs];
}
