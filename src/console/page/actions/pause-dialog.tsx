import { useState } from 'preact/hooks';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { change, schedulePath } from '../server/request.ts';
import type { ScheduleDialogProps } from './schedule-dialog.ts';

export function PauseDialog({ schedule: { key }, onDone, onClose }: ScheduleDialogProps) {
  const [note, setNote] = useState('');
  const perform = async () => {
    await change(schedulePath(key, '/pause'), note.trim() === '' ? {} : { note: note.trim() });
    return { tone: 'good' as const, text: `${key} is paused.` };
  };
  return (
    <ActionDialog title="Pause" verb="Pause" perform={perform} onDone={onDone} onClose={onClose}>
      <p>
        <code>{key}</code> starts no run until it is resumed, also after a restart. A run in progress goes on.
      </p>
      <label class="field">
        <span>Why, for whoever wonders</span>
        <textarea rows={2} maxLength={500} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
    </ActionDialog>
  );
}
