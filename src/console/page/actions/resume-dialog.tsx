import { ActionDialog } from '../parts/action-dialog.tsx';
import { change, schedulePath } from '../server/request.ts';
import type { ScheduleDialogProps } from './schedule-dialog.ts';

export function ResumeDialog({ schedule: { key, pause, faultReason }, onDone, onClose }: ScheduleDialogProps) {
  const perform = async () => {
    await change(schedulePath(key, '/resume'));
    return { tone: 'good' as const, text: `${key} is resumed.` };
  };
  return (
    <ActionDialog title="Resume" verb="Resume" perform={perform} onDone={onDone} onClose={onClose}>
      <p>
        <code>{key}</code> falls due again. What fell due meanwhile does not run.
      </p>
      {pause?.note !== undefined && <blockquote>{pause.note}</blockquote>}
      {faultReason !== undefined && <blockquote>{faultReason}</blockquote>}
    </ActionDialog>
  );
}
