import { useState } from 'preact/hooks';
import type { HistoryRecord } from '../../../../machines/history.ts';
import { RUN_OUTCOMES } from '../../../../machines/run.ts';
import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { Failed, Loading } from '../../parts/empty.tsx';
import { Pager, usePages } from '../../parts/pager.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RunTable } from '../../parts/run-table.tsx';
import { useAnswer } from '../../server/answer.ts';
import { questionPath } from '../../server/request.ts';
import { OUTCOME_LOOKS } from '../../words/outcomes.ts';

const PAGE_SIZE = 20;
const EVERY_MS = 5_000;

/** What has run, newest first, in pages. */
export function History({ schedule: { key, timezone } }: { readonly schedule: ScheduleStatus }) {
  const [outcome, setOutcome] = useState('');
  const pages = usePages();
  const path = questionPath('runs', { key, outcome, until: pages.until, limit: PAGE_SIZE });
  // Only the newest page changes.
  const { data, error, refresh } = useAnswer<{ runs: readonly HistoryRecord[]; next: number | null }>(
    path,
    pages.until === null ? EVERY_MS : null,
  );
  const choose = (chosen: string): void => {
    setOutcome(chosen);
    pages.toNewest();
  };
  return (
    <Panel title="History" aside={<OutcomeChoice value={outcome} choose={choose} />}>
      {data === null && (error === null ? <Loading rows={5} /> : <Failed error={error} retry={refresh} />)}
      {data !== null && data.runs.length === 0 && (
        <p class="quiet">{outcome === '' ? 'No run is kept in the history.' : 'No run that is kept ended so.'}</p>
      )}
      {data !== null && data.runs.length > 0 && <RunTable runs={data.runs} zone={timezone} />}
      {data !== null && <Pager pages={pages} next={data.next} />}
    </Panel>
  );
}

function OutcomeChoice({ value, choose }: { readonly value: string; readonly choose: (outcome: string) => void }) {
  return (
    <label class="select">
      <span>Outcome</span>
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">Any</option>
        {RUN_OUTCOMES.map((outcome) => (
          <option key={outcome} value={outcome}>
            {OUTCOME_LOOKS[outcome].word}
          </option>
        ))}
      </select>
    </label>
  );
}
