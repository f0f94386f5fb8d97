import type { SchedulerWarning } from '../scheduler-reports.ts';

/** The warning for a wall clock that jumped by itself. Whole milliseconds; negative: back. */
export function clockJumped(byMs: number): SchedulerWarning {
  const message =
    byMs > 0
      ? `The clock jumped ahead by ${byMs} ms, or the process slept: what fell due meanwhile counts as missed.`
      : `The clock was set back by ${-byMs} ms: what ran already does not run again, so schedules wait until that time has come once more.`;
  return { code: 'clock-jumped', message };
}
