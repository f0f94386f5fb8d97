import { ActionDialog } from '../parts/action-dialog.tsx';
import { change, schedulePath } from '../server/request.ts';
import { runAddress } from '../state/route.ts';
import type { ScheduleDialogProps } from './schedule-dialog.ts';

export function TriggerDialog({ schedule: { key, state }, onDone, onClose }: ScheduleDialogProps) {
  const perform = async () => {
    const answer = await change<{ runId: string }>(schedulePath(key, '/trigger'));
    const link = answer === null ? {} : { link: { address: runAddress(answer.runId), text: 'See the run' } };
    return { tone: 'good' as const, text: 'The run is under way.', ...link };
  };
  return (
    <ActionDialog title="Run now" verb="Run" perform={perform} onDone={onDone} onClose={onClose}>
      <p>
        <code>{key}</code> runs once, at once. Its occurrences stay as they are.
      </p>
      {state === 'paused' && <p>It stays paused.</p>}
    </ActionDialog>
  );
}
