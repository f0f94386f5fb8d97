import type { ScheduleStatus } from '../../../supervisor/scheduler-reports.ts';

/** What every dialog about a schedule is given. */
export interface ScheduleDialogProps {
  readonly schedule: ScheduleStatus;
  /** Called when something was changed. */
  readonly onDone: () => void;
  readonly onClose: () => void;
}
