import type { LiveRunDetail } from '../../../../supervisor/operator-reports.ts';
import { Instant } from '../../parts/instant.tsx';
import { Facts, Panel } from '../../parts/panel.tsx';
import { second } from '../../state/frames.ts';
import { useStore } from '../../state/store.ts';
import { duration } from '../../words/durations.ts';
import { limitText } from '../../words/limits.ts';

/** A run that has not ended: how far it says to be, and how much of its time is used. */
export function LiveRunView({ live }: { readonly live: LiveRunDetail }) {
  const { scheduledAtMs, dueAtMs, startedAtMs, threadId, trigger, budget } = live;
  const nowMs = useStore(second);
  const ranMs = startedAtMs === null ? 0 : Math.max(0, nowMs - startedAtMs);
  return (
    <div class="columns even">
      <Panel title="Progress">
        <Progress progress={live.progress} />
        <Meter name="Wall time" usedMs={ranMs} limitMs={budget.wallMs} />
      </Panel>
      <Panel title="Facts">
        <Facts
          facts={[
            ['Occurrence', <Instant key="occurrence" ms={scheduledAtMs} />],
            ['Due', <Instant key="due" ms={dueAtMs} />],
            ['Started', startedAtMs === null ? 'not yet' : <Instant key="started" ms={startedAtMs} />],
            ['Began by', trigger],
            ['Thread', threadId],
            ['CPU time', limitText(budget.cpuMs, 'ms')],
            ['Memory', limitText(budget.heapMb, 'MiB')],
          ]}
        />
      </Panel>
    </div>
  );
}

function Progress({ progress }: { readonly progress: LiveRunDetail['progress'] }) {
  if (progress === null) return <p class="quiet">It has not told its progress.</p>;
  return (
    <div class="progress">
      <progress aria-label="Progress" max={1} value={progress.fraction} />
      <span>
        <b>{Math.round(progress.fraction * 100)} %</b> {progress.note}
      </span>
    </div>
  );
}

function Meter({
  name,
  usedMs,
  limitMs,
}: {
  readonly name: string;
  readonly usedMs: number;
  readonly limitMs: number | null;
}) {
  const isLimited = limitMs !== null && Number.isFinite(limitMs);
  return (
    <div class="progress">
      {isLimited && <progress class="meter" aria-label={name} max={limitMs} value={Math.min(usedMs, limitMs)} />}
      <span>
        <b>{duration(usedMs)}</b> {isLimited ? `of ${duration(limitMs)} of wall time` : 'until now'}
      </span>
    </div>
  );
}
