import type { RunRecord } from '../../../machines/run.ts';
import { runAddress, scheduleAddress } from '../state/route.ts';
import { latenessText, tookText } from '../words/run-times.ts';
import { Instant } from './instant.tsx';
import { OutcomeMark } from './outcome-mark.tsx';
import { TableFrame } from './scroll-frame.tsx';

interface RunTableProps {
  readonly runs: readonly RunRecord[];
  readonly zone: string | null;
  /** Whether to name the schedule of each run. */
  readonly withKeys?: boolean;
}

const TRIGGER_WORDS = { clock: '', 'catch-up': 'catch-up', manual: 'by hand' } as const;

/** Runs that have ended, newest first. */
export function RunTable({ runs, zone, withKeys = false }: RunTableProps) {
  return (
    <TableFrame label="Runs">
      <table>
        <thead>
          <tr>
            <th>Outcome</th>
            {withKeys && <th>Schedule</th>}
            <th>Occurrence</th>
            <th class="number">Late by</th>
            <th class="number">Took</th>
            <th class="wide-only">Node</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.runId}>
              <td>
                <a class="quiet-link" href={runAddress(run.runId)} data-entry={true}>
                  <OutcomeMark outcome={run.outcome} />
                </a>
                <span class="tag-text">{TRIGGER_WORDS[run.trigger]}</span>
              </td>
              {withKeys && (
                <td>
                  <a class="mono" href={scheduleAddress(run.key)}>
                    {run.key}
                  </a>
                </td>
              )}
              <td>
                <Instant ms={run.scheduledAtMs} zone={zone} />
              </td>
              <td class="number">{latenessText(run)}</td>
              <td class="number">{tookText(run)}</td>
              <td class="wide-only mono small">{run.nodeId}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
