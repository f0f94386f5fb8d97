import { useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { useCanAct } from '../state/session.ts';
import { PauseDialog } from './pause-dialog.tsx';
import { PositionDialog } from './position-dialog.tsx';
import { ResumeDialog } from './resume-dialog.tsx';
import type { ScheduleDialogProps } from './schedule-dialog.ts';
import { TriggerDialog } from './trigger-dialog.tsx';

type Asked = 'trigger' | 'pause' | 'resume' | 'position';

/** What can be done with a schedule. Nothing is offered to those who may only look. */
export function ScheduleActions({ schedule, onDone }: Omit<ScheduleDialogProps, 'onClose'>) {
  const [asked, setAsked] = useState<Asked | null>(null);
  if (!useCanAct()) return null;
  const isHeld = schedule.state === 'paused' || schedule.state === 'faulted' || schedule.pause !== undefined;
  return (
    <div class="actions">
      <button type="button" class="primary" onClick={() => setAsked('trigger')}>
        <Icon name="play" /> Run now
      </button>
      {isHeld ? (
        <button type="button" onClick={() => setAsked('resume')}>
          <Icon name="right" /> Resume
        </button>
      ) : (
        <button type="button" onClick={() => setAsked('pause')}>
          <Icon name="pause" /> Pause
        </button>
      )}
      <button type="button" onClick={() => setAsked('position')}>
        <Icon name="move" /> Set position
      </button>
      <Asking asked={asked} schedule={schedule} onDone={onDone} onClose={() => setAsked(null)} />
    </div>
  );
}

function Asking({ asked, ...rest }: ScheduleDialogProps & { readonly asked: Asked | null }) {
  switch (asked) {
    case 'trigger':
      return <TriggerDialog {...rest} />;
    case 'pause':
      return <PauseDialog {...rest} />;
    case 'resume':
      return <ResumeDialog {...rest} />;
    case 'position':
      return <PositionDialog {...rest} />;
    default:
      return null;
  }
}
