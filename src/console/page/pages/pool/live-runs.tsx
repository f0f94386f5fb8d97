import type { LiveRun } from '../../../../supervisor/operator-reports.ts';
import { Panel } from '../../parts/panel.tsx';
import { TableFrame } from '../../parts/scroll-frame.tsx';
import { second } from '../../state/frames.ts';
import { runAddress } from '../../state/route.ts';
import { useStore } from '../../state/store.ts';
import { duration } from '../../words/durations.ts';

/** What runs or waits now. */
export function LiveRuns({ runs }: { readonly runs: readonly LiveRun[] }) {
  const nowMs = useStore(second);
  return (
    <Panel title="Now">
      {runs.length === 0 ? (
        <p class="quiet">Nothing runs and nothing waits.</p>
      ) : (
        <TableFrame label="Runs in progress">
          <table>
            <thead>
              <tr>
                <th>Schedule</th>
                <th>Phase</th>
                <th class="number">For</th>
                <th class="number">Thread</th>
                <th>Progress</th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <tr key={run.runId}>
                  <td>
                    <a class="mono" href={runAddress(run.runId)} data-entry={true}>
                      {run.key}
                    </a>
                  </td>
                  <td>
                    <span class="state live running">{run.phase}</span>
                  </td>
                  <td class="number">{duration(Math.max(0, nowMs - (run.startedAtMs ?? run.dueAtMs)))}</td>
                  <td class="number">{run.threadId ?? '–'}</td>
                  <td>{run.progress === null ? '–' : `${Math.round(run.progress.fraction * 100)} %`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </Panel>
  );
}
