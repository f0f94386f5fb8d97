import { MAX_SHIFT_MS } from '../../machines/calendar/zoned-calendar.ts';
import { spanText } from '../../machines/explaining/span-text.ts';
import { TOLERATED_STEP_MS } from '../../machines/position/set-clock.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';

/** The warning for a wall clock that jumped by itself, in milliseconds; negative: back. It says what schedules do. */
export function clockJumped(byMs: number): SchedulerWarning {
  const span = spanText(Math.abs(byMs));
  const message =
    byMs > 0
      ? `The clock jumped ahead by ${span}, or the process slept: what fell due meanwhile is late or missed.`
      : `The clock was set back by ${span}: ${afterStepBack(-byMs)}.`;
  return { code: 'clock-jumped', message };
}

function afterStepBack(backMs: number): string {
  if (backMs <= TOLERATED_STEP_MS) return 'nothing runs again, and schedules wait until that time has come once more';
  if (backMs <= MAX_SHIFT_MS)
    return 'intervals, and expressions with a * in the minute or hour, go on and run again what is due; fixed times do not repeat';
  return 'that is a new calendar, and schedules that were ahead of it are planned anew from now on';
}
