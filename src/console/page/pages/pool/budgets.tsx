import { useMemo, useRef } from 'preact/hooks';
import type { HistoryRecord } from '../../../../machines/history.ts';
import type { PluginPage } from '../../../../supervisor/operator-reports.ts';
import { Panel } from '../../parts/panel.tsx';
import { TableFrame } from '../../parts/scroll-frame.tsx';
import { useAnswer } from '../../server/answer.ts';
import { questionPath } from '../../server/request.ts';
import { duration } from '../../words/durations.ts';
import { whole } from '../../words/numbers.ts';
import { budgetUse, shareOf, type Use } from './budget-use.ts';

const LAST_RUNS = 500;
const NO_RUNS: readonly HistoryRecord[] = [];
const EVERY_MS = 10_000;
const DECLARED_EVERY_MS = 60_000;
/** Of so many schedules the API tells the limits at a time. */
const MOST_SCHEDULES = 100;
/** From here on it is worth a look. */
const NEAR = 0.75;

/** How near each plugin has come to its own budget. */
export function Budgets() {
  const { data } = useAnswer<{ runs: readonly HistoryRecord[] }>(questionPath('runs', { limit: LAST_RUNS }), EVERY_MS);
  const runs = data?.runs ?? NO_RUNS;
  const declared = useDeclared(runs);
  const uses = useMemo(() => (declared === null ? [] : budgetUse(declared, runs)), [declared, runs]);
  return (
    <Panel title="Budgets" aside={<span class="quiet">the most that one of the last {LAST_RUNS} runs used</span>}>
      {uses.length === 0 ? (
        <p class="quiet">No run that is kept in the history has ended yet.</p>
      ) : (
        <TableFrame label="Use of budgets">
          <table class="budgets">
            <thead>
              <tr>
                <th>Plugin</th>
                <th>Wall time</th>
                <th>CPU time</th>
                <th>Fuel</th>
              </tr>
            </thead>
            <tbody>
              {uses.map(({ name, wall, cpu, fuel }) => (
                <tr key={name}>
                  <th scope="row" class="mono">
                    {name}
                  </th>
                  <td>{wall === null ? '–' : <Used use={wall} text={duration} />}</td>
                  <td>{cpu === null ? '–' : <Used use={cpu} text={duration} />}</td>
                  <td>{fuel === null ? '–' : <Used use={fuel} text={whole} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </Panel>
  );
}

/** The plugins that ran, with the limits of their schedules. What was known before stays until others are known. */
function useDeclared(runs: readonly HistoryRecord[]): PluginPage | null {
  const keys = [...new Set(runs.map(({ key }) => key))].slice(0, MOST_SCHEDULES).toSorted();
  const path = keys.length === 0 ? null : questionPath('plugins', { key: keys, limit: MOST_SCHEDULES });
  const { data } = useAnswer<PluginPage>(path, DECLARED_EVERY_MS);
  const latest = useRef(data);
  latest.current = data ?? latest.current;
  return latest.current;
}

function Used({ use, text }: { readonly use: Use; readonly text: (value: number) => string }) {
  const share = shareOf(use);
  return (
    <span class={share >= NEAR ? 'used near' : 'used'}>
      {use.limit !== null && (
        <span class="gauge" aria-hidden="true">
          <i style={{ width: `${Math.min(100, share * 100)}%` }} />
        </span>
      )}
      <span>
        {text(use.used)}
        <small>{use.limit === null ? ' no limit' : ` of ${text(use.limit)}`}</small>
      </span>
    </span>
  );
}
