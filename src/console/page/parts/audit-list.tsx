import type { AuditEntry } from '../../../supervisor/operator-reports.ts';
import { runAddress, scheduleAddress } from '../state/route.ts';
import { Instant } from './instant.tsx';

interface AuditListProps {
  readonly entries: readonly AuditEntry[];
  readonly zone: string | null;
  /** Whether to name the schedule of each entry. */
  readonly withKeys?: boolean;
}

/** What was done, what somebody tried to do who was refused, and what stands behind its object. */
const ACTION_WORDS: Readonly<Record<AuditEntry['action'], readonly [done: string, tried: string, rest?: string]>> = {
  trigger: ['ran', 'run', 'by hand'],
  pause: ['paused', 'pause'],
  resume: ['resumed', 'resume'],
  abort: ['aborted a run of', 'abort a run of'],
  'set-position': ['moved', 'move'],
  reload: ['reloaded', 'reload'],
  install: ['installed', 'install'],
  uninstall: ['uninstalled', 'uninstall'],
  drain: ['drained', 'drain'],
};

/** Who did what, newest first. */
export function AuditList({ entries, zone, withKeys = false }: AuditListProps) {
  return (
    <ol class="events audit">
      {entries.map((entry) => (
        <li key={`${entry.atMs} ${entry.by} ${entry.action} ${entry.key ?? entry.plugin ?? ''} ${entry.runId ?? ''}`}>
          <Instant ms={entry.atMs} zone={zone} />
          <Sentence entry={entry} zone={zone} withKeys={withKeys} />
        </li>
      ))}
    </ol>
  );
}

interface EntryProps extends Omit<AuditListProps, 'entries'> {
  readonly entry: AuditEntry;
}

function Sentence({ entry, zone, withKeys = false }: EntryProps) {
  const { by, action, runId, refusal } = entry;
  const [done, tried, rest] = ACTION_WORDS[action];
  return (
    <span>
      <b>{by}</b> {refusal === undefined ? done : `tried to ${tried}`} <Target entry={entry} withKeys={withKeys} />
      {rest !== undefined && ` ${rest}`} <Note entry={entry} zone={zone} />{' '}
      {runId !== undefined && <a href={runAddress(runId)}>Its run</a>}
      {refusal !== undefined && <span class="refusal">Refused: {refusal}</span>}
    </span>
  );
}

function Target({ entry: { action, key, plugin, nodeId }, withKeys }: Omit<EntryProps, 'zone'>) {
  if (key === undefined) return <span class="mono">{action === 'drain' ? nodeId : plugin}</span>;
  if (!withKeys) return <>it</>;
  return (
    <a class="mono" href={scheduleAddress(key)} data-entry={true}>
      {key}
    </a>
  );
}

function Note({ entry: { action, note }, zone }: Omit<EntryProps, 'withKeys'>) {
  if (note === undefined) return null;
  const movedToMs = action === 'set-position' ? Date.parse(note) : Number.NaN;
  if (Number.isNaN(movedToMs)) return <q>{note}</q>;
  return (
    <>
      to <Instant ms={movedToMs} zone={zone} />
    </>
  );
}
