import type { RunOutcome } from '../../../machines/run.ts';
import { OutcomeMark } from '../parts/outcome-mark.tsx';

const SHOWN: readonly RunOutcome[] = [
  'succeeded',
  'failed',
  'timed-out',
  'over-budget',
  'out-of-memory',
  'crashed',
  'aborted',
  'lost',
];

/** What the marks on the time line mean. */
export function Legend() {
  return (
    <div class="legend">
      <p>On the line means on time; the later a run began, the deeper its mark hangs, down to 10 s.</p>
      <ul>
        {SHOWN.map((outcome) => (
          <li key={outcome}>
            <OutcomeMark outcome={outcome} />
          </li>
        ))}
        <li>
          <span class="outcome mute">
            <i class="upcoming-mark" /> Next
          </span>
        </li>
        <li>
          <span class="outcome mute">
            <i class="omitted-mark" /> More than is drawn
          </span>
        </li>
        <li>
          <span class="outcome live">
            <i class="live-mark" /> Running
          </span>
        </li>
      </ul>
    </div>
  );
}
