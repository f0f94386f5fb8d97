import { describe, expect, test } from 'vitest';
import { checkedMessage } from '../../../../src/supervisor/running/pool/message-check.ts';
import { webAssembly } from '../../../../src/wire/guests/web-assembly.ts';
import type { FromPoolWorker } from '../../../../src/workers/protocol.ts';

const taskId = 'run-1';
const error = { name: 'Error', message: 'no', stack: 'at', code: 'E', cause: { name: 'Error', message: 'why' } };
const finished = { kind: 'run.finished', taskId, atMonotonicMs: 5, sawAbort: false, heldBytes: 1, droppedLogLines: 0 };
const declaration = { name: 'p', priority: undefined, schedules: [] };
const module = new (webAssembly as NonNullable<typeof webAssembly>).Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
const line = { atMs: 1, level: 'info', message: 'm', fields: { a: [1, { b: 'c' }] } };
const call = { kind: 'host.called', taskId, callId: 1, name: 'f', args: [1, 'two'] };

/** Every message that a worker sends, as it sends it. */
const RIGHT = [
  { kind: 'task.entered', taskId },
  { kind: 'task.declined', taskId },
  { kind: 'run.started', taskId, atMonotonicMs: 1.5, threadCpuMs: 0 },
  { ...finished },
  { ...finished, error, cpuMs: 3 },
  { ...finished, fuel: { used: 1e11, isExhausted: true }, error: { ...error, kind: 'unreachable' } },
  { kind: 'run.logged', taskId, line },
  { kind: 'run.progressed', taskId, fraction: 1, note: 'n' },
  call,
  { kind: 'plugin.declared', taskId, declaration },
  { kind: 'plugin.declared', taskId, declaration, code: { module, fuelExport: 'fuel' } },
  { kind: 'plugin.declared', taskId, declaration, code: { module, fuelExport: null } },
  { kind: 'plugin.declared', taskId, declaration, loadFuel: [{ call: 'name', used: 1, limit: 2 }] },
  { kind: 'plugin.declared', taskId, declaration, isSealed: true },
  { kind: 'plugin.declared', taskId, declaration, fingerprint: 4_294_967_295 },
  { kind: 'plugin.refused', taskId, reason: 'because', cause: error },
  { kind: 'task.crashed', taskId, error },
  { kind: 'task.left-error', taskId, error },
  { kind: 'worker.faulted', error },
  { kind: 'worker.soiled', taskId, reason: 'because' },
  { kind: 'cleanup.failed', failures: [{ sourceId: 'p', error }] },
  { kind: 'worker.cleaned', failures: [{ sourceId: 'p', error }] },
] as readonly FromPoolWorker[];

/** The same, with one thing wrong. */
const WRONG: readonly unknown[] = [
  ...[null, undefined, 'text', 5, [], {}, () => {}],
  { kind: 'unknown', taskId },
  { kind: '__proto__', taskId },
  { kind: 'constructor', taskId },
  { kind: 'task.entered' },
  { kind: 'task.entered', taskId: 5 },
  { kind: 'task.entered', taskId: 'x'.repeat(1_000) },
  { kind: 'run.started', taskId, atMonotonicMs: Number.NaN },
  { kind: 'run.started', taskId, atMonotonicMs: 1, threadCpuMs: -1 },
  { ...finished, atMonotonicMs: Number.POSITIVE_INFINITY },
  { ...finished, sawAbort: 1 },
  { ...finished, heldBytes: -1 },
  { ...finished, heldBytes: undefined },
  { ...finished, cpuMs: 'much' },
  { ...finished, error: {} },
  { ...finished, error: { ...error, kind: 5 } },
  { ...finished, fuel: 5 },
  { ...finished, fuel: null },
  { ...finished, fuel: { used: -1, isExhausted: false } },
  { ...finished, fuel: { used: 1 } },
  { kind: 'plugin.declared', taskId, declaration, code: null },
  { kind: 'plugin.declared', taskId, declaration, code: { module: {}, fuelExport: null } },
  { kind: 'plugin.declared', taskId, declaration, code: { module: 'module', fuelExport: null } },
  { kind: 'plugin.declared', taskId, declaration, code: { module } },
  { kind: 'plugin.declared', taskId, declaration, code: { module, fuelExport: 'x'.repeat(1e6) } },
  { ...finished, error: { name: 'x', message: 'y'.repeat(1e6) } },
  { ...finished, error: loop() },
  { kind: 'run.logged', taskId, line: null },
  { kind: 'run.logged', taskId, line: { ...line, level: 'constructor' } },
  { kind: 'run.logged', taskId, line: { ...line, fields: 'text' } },
  { kind: 'run.logged', taskId, line: { ...line, fields: { a: 'x'.repeat(1e6) } } },
  { kind: 'run.progressed', taskId, fraction: 1.1 },
  { kind: 'run.progressed', taskId, fraction: Number.NaN },
  { kind: 'run.progressed', taskId, fraction: 1, note: {} },
  { ...call, callId: '1' },
  { ...call, name: 5 },
  { ...call, args: 'text' },
  { ...call, args: ['x'.repeat(1_001)] },
  { ...call, args: [new Uint8Array(2_000).subarray(0, 1)] },
  { ...call, args: [1n << 100_000n] },
  { ...call, args: [new RegExp('x'.repeat(2_000))] },
  { ...call, args: [new Error('x'.repeat(2_000))] },
  { ...call, args: [Object('x'.repeat(2_000))] },
  { ...call, args: [Object.assign([1], { hidden: 'x'.repeat(2_000) })] },
  { ...call, args: [Number.NaN] },
  { ...call, unread: new Uint8Array(2_000_000) },
  { ...finished, unread: 'x'.repeat(2_000_000) },
  { ...finished, error: { ...error, unread: 'x'.repeat(2_000_000) } },
  { kind: 'run.logged', taskId, line: { ...line, unread: 'x'.repeat(2_000_000) } },
  { kind: 'run.logged', taskId, line: { ...line, fields: { a: new Uint8Array(2_000_000).subarray(0, 1) } } },
  { kind: 'plugin.declared', taskId, declaration: { ...declaration, name: new Uint8Array(1) } },
  { kind: 'plugin.declared', taskId, declaration, code: { module, fuelExport: null, unread: 'x' } },
  { kind: 'cleanup.failed', failures: Array(40).fill({ sourceId: 'p', error, unread: 'x'.repeat(1_000_000) }) },
  { kind: 'plugin.declared', taskId },
  { kind: 'plugin.declared', taskId, declaration, isSealed: 'yes' },
  { kind: 'plugin.declared', taskId, declaration, fingerprint: '1' },
  { kind: 'plugin.declared', taskId, declaration, fingerprint: Number.NaN },
  { kind: 'plugin.declared', taskId, declaration, loadFuel: 7 },
  { kind: 'plugin.declared', taskId, declaration, loadFuel: [null] },
  { kind: 'plugin.declared', taskId, declaration, loadFuel: [{ call: 'name', used: -1, limit: 2 }] },
  { kind: 'plugin.declared', taskId, declaration, loadFuel: [{ call: {}, used: 1, limit: 2 }] },
  { kind: 'plugin.declared', taskId, declaration, loadFuel: Array(17).fill({ call: 'name', used: 1, limit: 2 }) },
  { kind: 'plugin.refused', taskId, reason: 5 },
  { kind: 'worker.faulted', error: 'text' },
  { kind: 'cleanup.failed', failures: null },
  { kind: 'cleanup.failed', failures: [{ sourceId: 1, error }] },
  { kind: 'cleanup.failed', failures: [{ sourceId: 'x'.repeat(129), error }] },
  { kind: 'cleanup.failed', failures: [{ error }] },
  { kind: 'worker.cleaned', failures: [null] },
  { kind: 'worker.cleaned', failures: [{ sourceId: 'p', error: null }] },
];

describe('a message from a worker', () => {
  test.each(RIGHT)('is believed: $kind', (message) => {
    expect(checkedMessage(structuredClone(message), 1_000)).toEqual(message);
  });

  test.each(WRONG.map((message) => [message]))('is not believed: %o', (message) => {
    expect(checkedMessage(message, 1_000)).toBeNull();
  });
});

function loop(): object {
  const record: Record<string, unknown> = { name: 'Error', message: 'again' };
  record['cause'] = record;
  return record;
}
