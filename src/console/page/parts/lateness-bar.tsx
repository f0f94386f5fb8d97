import type { Lateness } from '../../../machines/run.ts';
import { duration } from '../words/durations.ts';

/** The parts of a lateness in the order in which they pass. */
export const LATENESS_PARTS = [
  { name: 'tick', field: 'tickMs', what: 'until the clock collected it' },
  { name: 'lock', field: 'lockMs', what: 'until it was claimed' },
  { name: 'queue', field: 'queueMs', what: 'until a thread was free' },
  { name: 'start', field: 'startMs', what: 'until run() was called' },
] as const;

/** Why a run was late: its parts, to scale. */
export function LatenessBar({ lateness }: { readonly lateness: Lateness }) {
  const total = Math.max(lateness.totalMs, 0.001);
  return (
    <div class="lateness">
      <div class="lateness-bar" aria-hidden="true">
        {LATENESS_PARTS.map(({ name, field }) => (
          <i key={name} class={`part-${name}`} style={{ flexGrow: Math.max(0, lateness[field]) / total }} />
        ))}
      </div>
      <dl class="lateness-parts">
        {LATENESS_PARTS.map(({ name, field, what }) => (
          <div key={name} class={`part-${name}`}>
            <dt>{name}</dt>
            <dd>
              <b>{duration(lateness[field])}</b>
              <span>{what}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
