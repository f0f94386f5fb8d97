import type { Explanation } from '../../../../machines/explaining/explanation.ts';
import type { HistoryRecord } from '../../../../machines/history.ts';
import { Instant } from '../../parts/instant.tsx';
import { LatenessBar } from '../../parts/lateness-bar.tsx';
import { Facts, Panel } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { questionPath, schedulePath } from '../../server/request.ts';
import { runAddress } from '../../state/route.ts';
import { duration } from '../../words/durations.ts';
import { whole } from '../../words/numbers.ts';
import { latenessText, tookText } from '../../words/run-times.ts';
import { ErrorView } from './error-view.tsx';

/** A run that has ended: why it ran, how it ended, and why it was late. */
export function EndedRun({ run }: { readonly run: HistoryRecord }) {
  return (
    <>
      <WhyItRan run={run} />
      {run.error !== undefined && (
        <Panel title={run.error.name} kind="bad">
          <ErrorView error={run.error} />
        </Panel>
      )}
      <div class="columns even">
        <Panel title="Lateness" aside={<span class="panel-figure">{latenessText(run)}</span>}>
          {run.threadId === undefined ? (
            <p class="quiet">Nobody saw it begin.</p>
          ) : (
            <LatenessBar lateness={run.lateness} />
          )}
        </Panel>
        <Panel title="Facts">
          <RunFacts run={run} />
        </Panel>
      </div>
    </>
  );
}

function WhyItRan({ run: { key, scheduledAtMs } }: { readonly run: HistoryRecord }) {
  const path = questionPath(schedulePath(key, '/explain'), { at: scheduledAtMs });
  const { data } = useAnswer<{ explanation: Explanation }>(path);
  return <p class="explanation">{data?.explanation.text ?? ' '}</p>;
}

/** What a guest has executed, beside what it might have. False for other plugins. */
function fuelText({ fuel, fuelBudget }: HistoryRecord): string | false {
  if (fuel === undefined) return false;
  return `${whole(fuel)}${fuelBudget === undefined ? '' : ` of ${whole(fuelBudget)}`} instructions`;
}

function RunFacts({ run }: { readonly run: HistoryRecord }) {
  const { scheduledAtMs, dueAtMs, startedAtMs, finishedAtMs, threadId, trigger, pass, recoveryOf } = run;
  return (
    <Facts
      facts={[
        ['Took', tookText(run)],
        ['CPU time', run.cpuMs !== undefined && duration(run.cpuMs)],
        ['Fuel', fuelText(run)],
        ['Occurrence', <Instant key="occurrence" ms={scheduledAtMs} />],
        ['Due', <Instant key="due" ms={dueAtMs} />],
        ['Started', threadId !== undefined && <Instant key="started" ms={startedAtMs} />],
        ['Finished', <Instant key="finished" ms={finishedAtMs} />],
        ['Began by', trigger],
        ['Pass', pass],
        [
          'Makes up for',
          recoveryOf !== undefined && (
            <a key="recovery" href={runAddress(recoveryOf)}>
              a lost run
            </a>
          ),
        ],
        [
          'Node',
          <span key="node" class="mono">
            {run.nodeId}
          </span>,
        ],
        ['Thread', threadId],
        ['Fencing token', run.fencingToken],
      ]}
    />
  );
}
