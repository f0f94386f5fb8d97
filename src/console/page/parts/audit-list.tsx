import type { AuditEntry } from '../../../supervisor/operator-reports.ts';
import { runAddress, scheduleAddress } from '../state/route.ts';
import { Instant } from './instant.tsx';

interface AuditListProps {
  readonly entries: readonly AuditEntry[];
  readonly zone: string | null;
  /** Whether to name the schedule of each entry. */
  readonly withKeys?: boolean;
}

const ACTION_WORDS: Readonly<Record<AuditEntry['action'], string>> = {
  trigger: 'ran it by hand',
  pause: 'paused',
  resume: 'resumed',
  abort: 'aborted a run',
  'set-position': 'set the position',
  reload: 'reloaded',
  install: 'installed',
  uninstall: 'uninstalled',
  drain: 'drained the node',
};

/** Who did what, newest first. */
export function AuditList({ entries, zone, withKeys = false }: AuditListProps) {
  return (
    <ol class="events audit">
      {entries.map((entry) => (
        <li key={`${entry.atMs} ${entry.by} ${entry.action} ${entry.key ?? entry.plugin ?? ''}`}>
          <Instant ms={entry.atMs} zone={zone} />
          <span>
            <b>{entry.by}</b> {ACTION_WORDS[entry.action]} <Target entry={entry} withKeys={withKeys} />
            {entry.note !== undefined && <q>{entry.note}</q>}
            {entry.refusal !== undefined && <span class="refusal">Refused: {entry.refusal}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Target({
  entry: { key, plugin, runId },
  withKeys,
}: {
  readonly entry: AuditEntry;
  readonly withKeys: boolean;
}) {
  return (
    <>
      {withKeys && key !== undefined && (
        <a class="mono" href={scheduleAddress(key)} data-entry={true}>
          {key}
        </a>
      )}
      {key === undefined && plugin !== undefined && <span class="mono">{plugin}</span>}{' '}
      {runId !== undefined && <a href={runAddress(runId)}>run</a>}
    </>
  );
}
