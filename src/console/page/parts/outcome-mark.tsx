import type { Outcome } from '../../../machines/run.ts';
import { OUTCOME_LOOKS, type Shape } from '../words/outcomes.ts';

const SHAPES: Readonly<Record<Shape, string>> = {
  disc: 'M6 1.5a4.5 4.5 0 1 0 .01 0z',
  cross: 'M2.2 2.2l7.6 7.6M9.8 2.2 2.2 9.8',
  triangle: 'M6 1.2 11 10.4H1z',
  square: 'M1.8 1.8h8.4v8.4H1.8z',
  diamond: 'M6 .6 11.4 6 6 11.4.6 6z',
  ring: 'M6 2a4 4 0 1 0 .01 0z',
  dash: 'M1.5 6h9',
};
const DRAWN_AS_LINES: readonly Shape[] = ['cross', 'ring', 'dash'];

/** The colour and the shape of an outcome, as on the time line. */
export function OutcomeShape({ outcome }: { readonly outcome: Outcome }) {
  const { tone, shape } = OUTCOME_LOOKS[outcome];
  const form = DRAWN_AS_LINES.includes(shape) ? 'lines' : 'filled';
  return (
    <svg class={`shape ${tone} ${form}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path d={SHAPES[shape]} />
    </svg>
  );
}

/** The shape of an outcome with its word. */
export function OutcomeMark({ outcome }: { readonly outcome: Outcome }) {
  const { tone, word } = OUTCOME_LOOKS[outcome];
  return (
    <span class={`outcome ${tone}`}>
      <OutcomeShape outcome={outcome} />
      {word}
    </span>
  );
}
