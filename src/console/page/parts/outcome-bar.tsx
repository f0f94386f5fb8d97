import type { Outcome, OutcomeCounts } from '../../../machines/run.ts';
import { whole } from '../words/numbers.ts';
import { OUTCOME_LOOKS } from '../words/outcomes.ts';
import { OutcomeMark } from './outcome-mark.tsx';

interface Part {
  readonly outcome: Outcome;
  readonly count: number;
}

/** How often each outcome occurred, as a bar of shares and in figures. */
export function OutcomeBar({ outcomes }: { readonly outcomes: OutcomeCounts }) {
  const parts = partsOf(outcomes);
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return <p class="quiet">Nothing has fallen due yet.</p>;
  return (
    <div class="outcome-bar">
      <div class="shares" aria-hidden="true">
        {parts.map(({ outcome, count }) => (
          <i key={outcome} class={OUTCOME_LOOKS[outcome].tone} style={{ flexGrow: count }} />
        ))}
      </div>
      <dl class="figures">
        {parts.map(({ outcome, count }) => (
          <div key={outcome}>
            <dt>
              <OutcomeMark outcome={outcome} />
            </dt>
            <dd>
              {whole(count)} <small>{percent(count, total)}</small>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function partsOf(outcomes: OutcomeCounts): Part[] {
  const known = Object.keys(OUTCOME_LOOKS) as Outcome[];
  return known.map((outcome) => ({ outcome, count: outcomes[outcome] ?? 0 })).filter(({ count }) => count > 0);
}

function percent(count: number, total: number): string {
  const share = (100 * count) / total;
  return share > 0 && share < 0.1 ? '< 0.1 %' : `${share.toFixed(share < 10 || share > 99 ? 1 : 0)} %`;
}
