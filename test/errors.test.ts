import { describe, expect, test } from 'vitest';
import {
  EscapementError,
  InvalidOptionError,
  NotRunningError,
  RunAbortedError,
  ScheduleBusyError,
  UnknownPluginError,
} from '../src/errors.ts';

describe('an error of Escapement', () => {
  test('has a stable code, and the name of its class', () => {
    const error = new UnknownPluginError('repots', ': did you mean "reports"?');
    expect(error).toBeInstanceOf(EscapementError);
    expect(error).toMatchObject({
      code: 'ERR_ESCAPEMENT_UNKNOWN_PLUGIN',
      name: 'UnknownPluginError',
      plugin: 'repots',
    });
  });

  test.each<[string, Error, string]>([
    [
      'ends with the question of a hint',
      new UnknownPluginError('repots', ': did you mean "reports"?'),
      'Plugin "repots" is unknown: did you mean "reports"?',
    ],
    [
      'ends with a full stop otherwise',
      new InvalidOptionError('count', 'it must be a whole number, not 0.5'),
      'Option "count" is invalid: it must be a whole number, not 0.5.',
    ],
    [
      'says to wait for the end of a run',
      new ScheduleBusyError('reports/nightly', 'running'),
      'Schedule "reports/nightly" cannot be triggered while it is running: wait until its run has ended.',
    ],
    [
      'says to resume a faulted schedule',
      new ScheduleBusyError('reports/nightly', 'faulted'),
      'Schedule "reports/nightly" cannot be triggered while it is faulted: resume it first.',
    ],
    [
      'says to start a scheduler first',
      new NotRunningError('history', 'not started'),
      '"history" is not possible while the scheduler is not started: await start() first.',
    ],
    [
      'says to replace one that has stopped',
      new NotRunningError('start', 'stopped'),
      '"start" is not possible while the scheduler is stopped: make a new one with createScheduler().',
    ],
    ['names the reason of an abort', new RunAbortedError('wall-budget'), 'The run was aborted: wall-budget.'],
  ])('%s', (_, { message }, expected) => {
    expect(message).toBe(expected);
  });

  test('that aborts a run has the name of every abort', () => {
    expect(new RunAbortedError('stop').name).toBe('AbortError');
  });

  test('shows what others wrote without control characters, and keeps it in its fields', () => {
    const key = 'a\u001b[2Jb\u202e';
    const error = new UnknownPluginError(key, '');
    expect(error.message).toBe('Plugin "a\\u001b[2Jb\\u202e" is unknown.');
    expect(error.plugin).toBe(key);
  });
});
