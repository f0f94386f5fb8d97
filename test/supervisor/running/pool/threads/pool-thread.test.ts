/** The kernel decides in which order a thread's messages and events arrive. Here each order is made by hand. */
import { EventEmitter } from 'node:events';
import { MessageChannel, type Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PoolWorker } from '../../../../../src/supervisor/running/pool/pool-worker.ts';
import { PoolThread } from '../../../../../src/supervisor/running/pool/threads/pool-thread.ts';
import { ThreadGreeting } from '../../../../../src/supervisor/running/pool/threads/thread-greeting.ts';
import type { TaskEnd, WorkerTask } from '../../../../../src/supervisor/running/pool/worker-task.ts';
import { WorkerCell } from '../../../../../src/wire/worker-cell.ts';
import type { FromPoolWorker, TaskMessage, ThreadHello, ToPoolWorker } from '../../../../../src/workers/protocol.ts';

class StubWorker extends EventEmitter {
  readonly threadId = 7;
  terminations = 0;

  terminate(): void {
    this.terminations += 1;
  }
}

class RecordedTask implements WorkerTask {
  readonly message = { kind: 'load', taskId: 'task', source: {} as never } as const;
  readonly key = 'p/s';
  readonly heardKinds: TaskMessage['kind'][] = [];
  readonly ends: TaskEnd[] = [];

  get taskId(): string {
    return this.message.taskId;
  }

  assigned(): void {}

  heard(message: TaskMessage): void {
    this.heardKinds.push(message.kind);
  }

  ended(end: TaskEnd): void {
    this.ends.push(end);
  }
}

function makeThread() {
  const worker = new StubWorker();
  const { port1: ours, port2: its } = new MessageChannel();
  onTestFinished(() => its.close());
  const leftErrors: (string | null)[] = [];
  const leaving: PoolWorker[] = [];
  const greeting = new ThreadGreeting();
  const refused: string[] = [];
  const soiled: string[] = [];
  const thread = new PoolThread(
    worker as unknown as Worker,
    { greeting, maxMessageBytes: 1_000 },
    {
      leftError: (_worker, _error, { runId }) => leftErrors.push(runId ?? null),
      soiled: (_worker, reason, { key }) => soiled.push(`${key}: ${reason}`),
      refused: (_worker, { key }) => refused.push(key ?? '?'),
      leaving: (left) => leaving.push(left),
      cleanupFailed: () => {},
      exited: () => {},
    },
  );
  const task = new RecordedTask();
  thread.worker.assign(task);
  const say = (message: FromPoolWorker): void => its.postMessage(message);
  const hello: ThreadHello = {
    kind: 'thread.hello',
    secret: greeting.threadData.helloSecret ?? '',
    threadId: 7,
    port: ours,
    cell: new WorkerCell().buffer,
    taskPath: null,
  };
  return { worker, thread, task, ours, hello, leftErrors, leaving, refused, soiled, say, its };
}

const entered: FromPoolWorker = { kind: 'task.entered', taskId: 'task' };
const crash = { name: 'Error', message: 'x' };

describe('a pool thread', () => {
  test('is heard to the end when it exits', () => {
    const { worker, thread, task, hello, say } = makeThread();
    thread.attach(hello);
    say(entered);
    say({ kind: 'task.crashed', taskId: 'task', error: crash });

    worker.emit('exit', 1);

    expect(task.heardKinds).toEqual(['task.entered', 'task.crashed']);
    expect(task.ends).toEqual([{ kind: 'died', exitCode: 1, error: null }]);
  });

  test('is heard to the end when its task is answered', () => {
    const { thread, task, hello, say } = makeThread();
    thread.attach(hello);
    say(entered);

    thread.answered(task, undefined);

    expect(task.heardKinds).toEqual(['task.entered']);
    expect(task.ends).toEqual([{ kind: 'answered' }]);
  });

  test.each([
    ['after its hello', true],
    ['that overtakes its hello', false],
  ])('has its last message heard that comes with its answer, %s', (_when, isFirst) => {
    const { thread, task, ours, hello, say } = makeThread();
    if (isFirst) thread.attach(hello);
    say(entered);

    thread.answered(task, { kind: 'task.crashed', taskId: 'task', error: crash });
    if (!isFirst) thread.attach(hello);

    expect(task.heardKinds).toEqual(['task.entered', 'task.crashed']);
    expect(task.ends).toEqual([{ kind: 'answered' }]);
    thread.worker.retire();
    ours.close();
  });

  test('whose answer overtakes its hello is heard all the same', () => {
    const { thread, task, ours, hello, say } = makeThread();
    say(entered);

    thread.answered(task, undefined);
    expect(task.ends).toEqual([]);
    thread.attach(hello);

    expect(task.heardKinds).toEqual(['task.entered']);
    expect(task.ends).toEqual([{ kind: 'answered' }]);
    thread.worker.retire();
    ours.close();
  });

  test('gets what was sent to it before its hello', async () => {
    const { thread, ours, hello, its } = makeThread();
    const received = new Promise<ToPoolWorker>((resolve) => its.once('message', resolve));

    thread.worker.send({ kind: 'cleanup' });
    thread.attach(hello);

    expect(await received).toEqual({ kind: 'cleanup' });
    ours.close();
  });

  test('that is retired ends when its task has', () => {
    const { worker, thread, task, ours, hello, leaving } = makeThread();
    thread.attach(hello);

    thread.worker.retire();
    expect(worker.terminations).toBe(0);
    thread.answered(task, undefined);

    thread.worker.retire();

    expect(worker.terminations).toBe(1);
    expect(thread.worker.isLeaving).toBe(true);
    expect(leaving).toEqual([thread.worker]);
    ours.close();
  });

  test('says which task left an error behind, and drops everything else that comes after a task', () => {
    const { worker, thread, task, hello, say, leftErrors } = makeThread();
    thread.attach(hello);
    thread.answered(task, undefined);
    say({ kind: 'task.left-error', taskId: 'task', error: crash });
    say({ kind: 'worker.faulted', error: crash });
    say(entered);

    worker.emit('exit', 0);

    expect(leftErrors).toEqual(['task', null]);
    expect(task.heardKinds).toEqual([]);
  });
});
