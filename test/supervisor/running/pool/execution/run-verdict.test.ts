import { describe, expect, test } from 'vitest';
import type { AbortReason } from '../../../../../src/machines/run.ts';
import { type RunEnd, verdictOf } from '../../../../../src/supervisor/running/pool/execution/run-verdict.ts';
import type { RunFinished } from '../../../../../src/workers/protocol.ts';

const STOPPED_AT_MS = 100;
const own = { name: 'RangeError', message: 'its own' };

function judge(end: Partial<RunEnd>) {
  const budget = { wallMs: 50, cpuMs: 20, heapMb: 64, graceMs: 10, fuel: 1e11 };
  const base = { budget, hasStarted: true, loadTimeoutMs: 30, isTerminated: false };
  return verdictOf({ ...base, stop: null, finished: null, crash: null, death: null, ...end });
}

function finished(part: Partial<RunFinished> = {}): RunFinished {
  return {
    kind: 'run.finished',
    taskId: 'r',
    atMonotonicMs: 99,
    sawAbort: false,
    heldBytes: 0,
    droppedLogLines: 0,
    ...part,
  };
}

function stopped(reason: AbortReason): RunEnd['stop'] {
  return { reason, atMonotonicMs: STOPPED_AT_MS };
}

describe('a run that ended by itself', () => {
  test('has succeeded or failed', () => {
    expect(judge({ finished: finished() })).toEqual({ outcome: 'succeeded' });
    expect(judge({ finished: finished({ error: own }) })).toEqual({ outcome: 'failed', error: own });
  });

  test('before it was aborted is what it was', () => {
    expect(judge({ finished: finished(), stop: stopped('wall-budget') })).toEqual({ outcome: 'succeeded' });
    expect(judge({ finished: finished(), stop: stopped('operator') })).toEqual({ outcome: 'succeeded' });
  });

  test('without hearing that an operator stopped it did all its work', () => {
    expect(judge({ finished: finished({ atMonotonicMs: 101 }), stop: stopped('operator') }).outcome).toBe('succeeded');
  });

  test('over its budget or without its lock is judged by that, whether it heard of it or not', () => {
    const late = finished({ atMonotonicMs: 101 });
    expect(judge({ finished: late, stop: stopped('wall-budget') }).outcome).toBe('timed-out');
    expect(judge({ finished: late, stop: stopped('cpu-budget') }).outcome).toBe('over-budget');
    expect(judge({ finished: late, stop: stopped('memory-budget') }).outcome).toBe('out-of-memory');
    expect(judge({ finished: late, stop: stopped('lock-lost') }).outcome).toBe('lock-lost');
  });
});

describe('a run that was stopped', () => {
  test('says so in its error, with what it threw itself as the cause', () => {
    const late = finished({ atMonotonicMs: 101, sawAbort: true, error: own });
    expect(judge({ finished: late, stop: stopped('wall-budget') }).error).toMatchObject({
      message: 'The run took longer than its wall budget of 50 ms, and then threw.',
      cause: own,
    });
  });

  test('has no cause when it threw the reason of its signal', () => {
    const error = { name: 'AbortError', message: 'stop' };
    const { error: judged } = judge({ finished: finished({ sawAbort: true, error }), stop: stopped('stop') });
    expect(judged?.cause).toBeUndefined();
  });

  test('is what it was stopped for, also when its thread died of it', () => {
    const death = { exitCode: 0, error: null };
    expect(judge({ stop: stopped('cpu-budget'), death }).outcome).toBe('over-budget');
    expect(judge({ stop: stopped('pause'), crash: own, death })).toMatchObject({
      outcome: 'aborted',
      error: { cause: own },
    });
  });
});

describe('a run whose thread died', () => {
  test('has crashed with the error that nobody caught, or with the exit code', () => {
    const death = { exitCode: 0, error: null };
    expect(judge({ crash: own, death })).toEqual({ outcome: 'crashed', error: own });
    expect(judge({ death }).error?.message).toBe('The run crashed: the plugin ended its thread (exit code 0).');
  });

  test('of its heap limit is out of memory', () => {
    const error = { name: 'Error', message: 'x', code: 'ERR_WORKER_OUT_OF_MEMORY' };
    expect(judge({ death: { exitCode: 1, error } })).toEqual({ outcome: 'out-of-memory', error });
  });

  test('although it had finished is what it was', () => {
    expect(judge({ finished: finished(), death: { exitCode: 1, error: null } })).toEqual({ outcome: 'succeeded' });
  });
});
