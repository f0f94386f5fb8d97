import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiError } from '../server/request.ts';
import { type Notice, notify } from '../state/notices.ts';
import { Dialog } from './dialog.tsx';

interface ActionDialogProps {
  readonly title: string;
  /** The word on the button that does it. */
  readonly verb: string;
  readonly tone?: 'primary' | 'danger';
  readonly perform: () => Promise<Omit<Notice, 'id'>>;
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Asks before something is changed, and says why it was refused. */
export function ActionDialog({ title, verb, tone = 'primary', perform, onDone, onClose, children }: ActionDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    perform().then(
      (notice) => {
        notify(notice);
        onClose();
        onDone();
      },
      (error: ApiError) => {
        setBusy(false);
        setRefusal(error.message);
      },
    );
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <h2>{title}</h2>
        {children}
        {refusal !== null && (
          <p class="refusal" role="alert">
            {refusal}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={tone} disabled={isBusy}>
            {isBusy ? 'Working …' : verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
