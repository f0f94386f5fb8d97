/** What a shared store warns of. */
import type { RefusedRow } from '../../machines/stored-rows/read-rows.ts';
import type { StoreListener } from '../../supervisor/ports/store.ts';
import { reasonOf } from '../../wire/error-record.ts';

type Warning = Parameters<StoreListener['warned']>[0];

export function historyChanged(store: string): Warning {
  const message = `Store "${store}" was restarted, restored or replaced: it may have forgotten what it confirmed shortly before. This node has entered anew.`;
  return { code: 'store-history-changed', message };
}

export function nodeIdTaken(store: string, nodeId: string): Warning {
  const message = `Store "${store}": another process has taken the node id "${nodeId}". This one runs no shared schedules any more; restart it.`;
  return { code: 'node-id-taken', message };
}

export function entriesLost(store: string, count: number, reason: string): Warning {
  const message = `Store "${store}": ${count} entries of its history are lost, because ${reason}.`;
  return { code: 'store-incomplete', message };
}

export function notPruned(store: string, error: unknown): Warning {
  const message = `Store "${store}": its history is not pruned to its retention, and grows: ${reasonOf(error)}`;
  return { code: 'store-not-pruned', message };
}

export function rowRefused(store: string, { kind, key, problem }: RefusedRow): Warning {
  const message = `Store "${store}" has a row of ${kind} for "${key}" that ${problem}: it is kept in the table "refused", and everything else goes on.`;
  return { code: 'store-row-refused', message, ...(key !== '' && { key }) };
}
