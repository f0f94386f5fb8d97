import { useState } from 'preact/hooks';
import type { ReloadReport } from '../../../supervisor/plugin-reports.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { change } from '../server/request.ts';
import { useCanAct } from '../state/session.ts';

interface ReloadButtonProps {
  readonly name: string;
  readonly onReloaded: (report: ReloadReport) => void;
}

/** Loads a plugin anew, after asking. */
export function ReloadButton({ name, onReloaded }: ReloadButtonProps) {
  const [isAsked, setAsked] = useState(false);
  if (!useCanAct()) return null;
  const perform = async () => {
    const report = await change<ReloadReport>(`plugins/${encodeURIComponent(name)}/reload`);
    if (report !== null) onReloaded(report);
    return { tone: 'good' as const, text: `${name} was loaded anew.` };
  };
  return (
    <>
      <button type="button" onClick={() => setAsked(true)}>
        <Icon name="reload" /> Reload
      </button>
      {isAsked && (
        <ActionDialog
          title="Reload the plugin"
          verb="Reload"
          perform={perform}
          onDone={() => {}}
          onClose={() => setAsked(false)}
        >
          <p>
            The module of <code>{name}</code> is loaded anew. Its schedules continue where they were; if the new version
            is refused, the old one goes on.
          </p>
        </ActionDialog>
      )}
    </>
  );
}
