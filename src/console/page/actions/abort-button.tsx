import { useState } from 'preact/hooks';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { change } from '../server/request.ts';
import { useCanAct } from '../state/session.ts';
import { duration } from '../words/durations.ts';

interface AbortButtonProps {
  readonly runId: string;
  readonly scheduleKey: string;
  /** How long it has after its signal, in milliseconds. */
  readonly graceMs: number;
  readonly onDone: () => void;
}

/** Aborts a run, after asking. */
export function AbortButton({ runId, scheduleKey, graceMs, onDone }: AbortButtonProps) {
  const [isAsked, setAsked] = useState(false);
  if (!useCanAct()) return null;
  const perform = async () => {
    await change(`runs/${encodeURIComponent(runId)}/abort`);
    return { tone: 'good' as const, text: 'The run was told to stop.' };
  };
  return (
    <div class="actions">
      <button type="button" class="danger" onClick={() => setAsked(true)}>
        <Icon name="stop" /> Abort
      </button>
      {isAsked && (
        <ActionDialog
          title="Abort the run"
          verb="Abort"
          tone="danger"
          perform={perform}
          onDone={onDone}
          onClose={() => setAsked(false)}
        >
          <p>
            The signal of this run of <code>{scheduleKey}</code> is aborted. If it does not end within{' '}
            {duration(graceMs)}, its thread is terminated.
          </p>
        </ActionDialog>
      )}
    </div>
  );
}
