import { describe, expect, test } from 'vitest';
import { Aborts } from '../../../src/workers/context/aborts.ts';
import type { SupervisorPort } from '../../../src/workers/ports/supervisor-port.ts';
import { type TaskScope, TaskScopes } from '../../../src/workers/task-scope.ts';

const scopes = new TaskScopes({} as SupervisorPort);

function scopeOf(taskId: string): TaskScope {
  return { taskId, log: null, hasLeftError: false };
}

describe('the abort of a run', () => {
  test('reaches its signal, in the scope of the run', () => {
    const aborts = new Aborts(scopes);
    const scope = scopeOf('run');
    const { signal } = aborts.open(scope);
    let blamed: TaskScope | undefined;
    signal.addEventListener('abort', () => {
      blamed = scopes.current;
    });

    aborts.abort({ kind: 'abort', taskId: 'run', reason: 'pause' });

    expect(signal.reason).toMatchObject({ name: 'AbortError', code: 'ERR_ESCAPEMENT_ABORTED', reason: 'pause' });
    expect(blamed).toBe(scope);
  });

  test('that is heard before its run is kept for it', () => {
    const aborts = new Aborts(scopes);

    aborts.abort({ kind: 'abort', taskId: 'run', reason: 'stop' });

    const abort = aborts.open(scopeOf('run'));
    expect([abort.isAborted, abort.signal.aborted]).toEqual([true, true]);
    expect(() => abort.throwIfAborted()).toThrow(expect.objectContaining({ reason: 'stop' }));
  });

  test('is seen by a signal that somebody asks for later, and has one reason', () => {
    const aborts = new Aborts(scopes);
    const abort = aborts.open(scopeOf('run'));
    aborts.abort({ kind: 'abort', taskId: 'run', reason: 'pause' });
    aborts.abort({ kind: 'abort', taskId: 'run', reason: 'stop' });

    expect(abort.signal.reason).toMatchObject({ reason: 'pause' });
    expect(abort.signal).toBe(abort.signal);
  });

  test('that is of another run changes nothing', () => {
    const aborts = new Aborts(scopes);
    const ended = aborts.open(scopeOf('ended'));
    aborts.close();

    aborts.abort({ kind: 'abort', taskId: 'ended', reason: 'stop' });
    const next = aborts.open(scopeOf('next'));

    expect([ended.isAborted, next.isAborted]).toEqual([false, false]);
    expect([ended.signal.aborted, next.signal.aborted]).toEqual([false, false]);
  });
});
