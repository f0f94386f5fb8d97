/** One right message of each kind, and one right answer of each method of a backend. */
import type { LedgerEntry } from '../../../src/machines/ledger/entries.ts';
import { EventBatch } from '../../../src/machines/packing/event-batch.ts';
import type { FromSupervisor, SupervisorEvent, ToSupervisor } from '../../../src/supervisor/protocol.ts';

export const KEY = 'beats/a';
const runId = 'r';
const lateness = { tickMs: 0, lockMs: 0, queueMs: 0, startMs: 0, totalMs: 0 };
const draft = {
  runId,
  key: KEY,
  plugin: 'beats',
  scheduleId: 'a',
  nodeId: 'n',
  trigger: 'clock',
  isCatchup: false,
  scheduledAtMs: 1,
  dueAtMs: 1,
} as const;
const record = { ...draft, startedAtMs: 1, finishedAtMs: 2, outcome: 'succeeded', lateness } as const;
const claim = { key: KEY, runId, nodeId: 'n', claimedAtMs: 1, draft };
const decision = { key: KEY, nodeId: 'n', outcome: 'overlap', fromMs: 1, untilMs: 1, count: 1, atMs: 1 } as const;
const error = { name: 'RangeError', message: 'far', stack: 'at', code: 'E', cause: { name: 'Error', message: 'near' } };
const fault = { record: error, fields: { key: KEY }, errors: [{ record: error, fields: {}, errors: [] }] };

const ENTRIES: readonly LedgerEntry[] = [
  { kind: 'claimed', claim },
  { kind: 'settled', settled: { record, log: [], isOwed: false } },
  { kind: 'decided', decision },
];

const EVENTS: readonly SupervisorEvent[] = [
  { type: 'run-start', event: { runId, key: KEY, scheduledAtMs: 1, startedAtMs: 1, threadId: 1 } },
  { type: 'progress', event: { runId, key: KEY, fraction: 0.5 } },
  { type: 'run', event: record },
  { type: 'decision', event: decision },
  { type: 'warning', event: { code: 'clock-jumped', message: 'The clock jumped.', error } },
  { type: 'plugins', event: [{ module: 'file:///p.js', resolveFrom: 'file:///', options: null }] },
  { type: 'begun', event: { key: KEY, startMs: 1 } },
  { type: 'stopping', event: { graceMs: 5 } },
  ...ENTRIES.map((event) => ({ type: 'ledger', event }) as const),
];

function packed(events: readonly SupervisorEvent[]): Extract<FromSupervisor, { kind: 'events' }>['events'] {
  const batch = new EventBatch<SupervisorEvent>();
  for (const event of events) batch.add(event);
  return batch.take();
}

export const FROM_SUPERVISOR: readonly FromSupervisor[] = [
  { kind: 'answered', id: 1, result: null },
  { kind: 'refused', id: 1, fault },
  { kind: 'host.called', callId: 1, name: 'add', args: [1, 2] },
  { kind: 'events', events: { rows: null, others: EVENTS } },
  { kind: 'events', events: packed(EVENTS) },
  ...EVENTS.map((event) => ({ kind: 'events', events: packed([event]) }) as const),
];

export const TO_SUPERVISOR: readonly ToSupervisor[] = [
  { kind: 'request', id: 1, method: 'start', params: null },
  { kind: 'request', id: 1, method: 'stop', params: { drainMs: Number.NaN } },
  { kind: 'request', id: 1, method: 'schedules', params: null },
  { kind: 'request', id: 1, method: 'history', params: { key: KEY, outcome: 'failed', limit: 5, withLog: true } },
  { kind: 'request', id: 1, method: 'explain', params: { key: KEY, atMs: 1 } },
  { kind: 'request', id: 1, method: 'stats', params: null },
  { kind: 'request', id: 1, method: 'trigger', params: { key: KEY } },
  { kind: 'request', id: 1, method: 'pause', params: { key: KEY, note: 'disk' } },
  { kind: 'request', id: 1, method: 'resume', params: { key: KEY } },
  { kind: 'request', id: 1, method: 'setPosition', params: { key: KEY, atMs: 1 } },
  { kind: 'request', id: 1, method: 'reload', params: { name: 'nobody' } },
  { kind: 'host.answered', callId: 1, value: { sum: 3 } },
  { kind: 'host.failed', callId: 1, error },
];

/** What a lock backend answers, by method. */
export const LOCK_ANSWERS = {
  tryLock: [{ key: KEY, lockId: 'l', ttlMs: 30_000, fencingToken: '5' }, null],
  renew: [true, false],
  release: [undefined],
};

/** What a store answers, by method. */
export const STORE_ANSWERS = {
  write: [{ isTaken: true, fencingToken: '5' }, { isTaken: false }],
  beat: [undefined],
  openClaims: [[claim]],
  history: [[record]],
  facts: [{ claims: [claim], records: [record], life: [{ key: KEY, atMs: 1, kind: 'paused' }], sessions: [] }],
};
