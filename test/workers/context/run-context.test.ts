import { expect, test, vi } from 'vitest';
import { RunAbort } from '../../../src/workers/context/aborts.ts';
import { HostCalls } from '../../../src/workers/context/host-calls.ts';
import { createRunContext } from '../../../src/workers/context/run-context.ts';
import { RunLog } from '../../../src/workers/context/run-log.ts';
import { RunProgress } from '../../../src/workers/context/run-progress.ts';
import type { RunTask } from '../../../src/workers/protocol.ts';

const data = { scheduleId: 's', scheduledAtMs: 0, runCount: 1, isCatchup: false, runId: 'r', config: null };
const task = { data, wallMs: 1_000 } as RunTask;

test('the context of a run is plain values, so that a copy of it is as good, and it does not outlive its run', () => {
  const abort = new RunAbort();
  const host = { kv: {} } as Parameters<typeof createRunContext>[1]['host'];
  const facilities = { abort, log: new RunLog(() => {}), progress: new RunProgress(() => {}), host };
  const context = createRunContext(task, facilities);
  const described = Object.values(Object.getOwnPropertyDescriptors(context));
  expect(described.filter(({ get }) => get !== undefined)).toEqual([]);
  const copy = { ...context };
  expect([copy.host, copy.signal.aborted, copy.scheduleId]).toEqual([host, false, 's']);
  abort.abort('stop');
  expect([copy.signal.aborted, (copy.signal.reason as Error).name]).toEqual([true, 'AbortError']);
});

test('a run has its signal and its host also after a plugin has changed what they are made with', () => {
  const spoiled = (): never => {
    throw new Error('changed by a plugin');
  };
  vi.spyOn(Object, 'freeze').mockImplementation(spoiled);
  vi.spyOn(AbortController.prototype, 'signal', 'get').mockImplementation(spoiled);
  vi.stubGlobal('AbortController', spoiled);
  try {
    const port = { post: () => {} } as unknown as ConstructorParameters<typeof HostCalls>[0];
    const host = new HostCalls(port).open({ taskId: 'r', hostFunctions: ['add'], maxMessageBytes: 1_000 });
    const abort = new RunAbort();
    const context = createRunContext(task, {
      abort,
      log: new RunLog(() => {}),
      progress: new RunProgress(() => {}),
      host,
    });
    expect([context.signal.aborted, Object.keys(context.host)]).toEqual([false, ['add', 'kv', 'fetch', 'metric']]);
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  }
});
