import { useState } from 'preact/hooks';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { ApiError, change, schedulePath } from '../server/request.ts';
import { serverNow } from '../server/server-clock.ts';
import { useZone } from '../state/zone.ts';
import { instantOf, wallTime } from '../words/wall-time.ts';
import type { ScheduleDialogProps } from './schedule-dialog.ts';

export function PositionDialog({ schedule: { key, timezone }, onDone, onClose }: ScheduleDialogProps) {
  const zone = useZone(timezone);
  const [wall, setWall] = useState(() => wallTime(serverNow(), zone));
  const perform = async () => {
    const at = instantOf(wall, zone);
    if (Number.isNaN(at)) throw new ApiError(400, 'no-instant', 'Enter a date and a time.');
    await change(schedulePath(key, '/position'), { at });
    return { tone: 'good' as const, text: `${key} was moved.` };
  };
  return (
    <ActionDialog title="Set position" verb="Move" tone="danger" perform={perform} onDone={onDone} onClose={onClose}>
      <p>
        The occurrences of <code>{key}</code> after this instant are planned anew. Those in the past count as missed,
        and its policy decides what becomes of them; for those that are passed over nothing runs.
      </p>
      <label class="field">
        <span>Instant, in {zone}</span>
        <input
          type="datetime-local"
          step={1}
          required={true}
          value={wall}
          onInput={({ currentTarget }) => setWall(currentTarget.value)}
        />
      </label>
    </ActionDialog>
  );
}
