import type { JsonValue, PluginHost } from '../../plugin.ts';
import { dataSize } from '../../wire/data-size.ts';
import { errorFromRecord } from '../../wire/error-record.ts';
import { Questions } from '../../wire/questions.ts';
import type { SupervisorPort } from '../ports/supervisor-port.ts';
import type { RunTask, ToPoolWorker } from '../protocol.ts';
import type { RunAbort } from './aborts.ts';
import { pluginHost } from './built-in-functions.ts';

/** Without these limits, a plugin that never awaits its calls would fill the supervisor's memory. */
const MAX_PENDING_CALLS = 1_000;
const MAX_PENDING_MESSAGES = 16;

type CallingTask = Pick<RunTask, 'taskId' | 'hostFunctions' | 'maxMessageBytes'>;

/** The calls of one run. They end with it: an answer that comes later is dropped. */
interface RunCalls {
  readonly task: CallingTask;
  /** What the pending calls have sent, in bytes. */
  pendingBytes: number;
}

/** Calls host functions for the run in this worker. The supervisor thread passes each call on to the host. */
export class HostCalls {
  readonly #port: SupervisorPort;
  #questions = new Questions();
  #run: RunCalls | null = null;

  constructor(port: SupervisorPort) {
    this.#port = port;
  }

  /** A run begins. Returns its `ctx.host`. */
  open(task: CallingTask): PluginHost {
    const run: RunCalls = { task, pendingBytes: 0 };
    this.#run = run;
    return pluginHost(task.hostFunctions, (name, args) => this.#call(run, name, args));
  }

  /** The run has ended. Whoever still waits for an answer waits for ever, which costs nothing once it is garbage. */
  close(): void {
    this.#run = null;
    if (this.#questions.size > 0) this.#questions = new Questions();
  }

  /**
   * Calls a function and blocks the thread until the host has answered, or the run is aborted.
   * @throws what the call fails with. @throws RunAbortedError
   */
  callSync(name: string, args: readonly JsonValue[], abort: RunAbort): JsonValue | undefined {
    abort.throwIfAborted();
    const run = this.#run;
    if (run === null) throw new Error(`${name}: the run has ended, so it can call no host function.`);
    this.#checkedSize(run, name, args);
    const { taskId } = run.task;
    const answers: (() => JsonValue | undefined)[] = [];
    this.#questions.put((callId) => this.#port.post({ kind: 'host.called', taskId, callId, name, args }), {
      resolve: (value) => answers.push(() => value as JsonValue | undefined),
      reject: (error) =>
        answers.push(() => {
          throw error;
        }),
    });
    this.#port.waitUntil(() => answers.length > 0 || abort.isAborted);
    const [answer] = answers;
    if (answer !== undefined) return answer();
    return abort.throwIfAborted() as undefined;
  }

  answer({ taskId, callId, value, error }: Extract<ToPoolWorker, { kind: 'host.answered' }>): void {
    if (this.#run?.task.taskId !== taskId) return;
    if (error === undefined) this.#questions.answer(callId, value);
    else this.#questions.refuse(callId, errorFromRecord(error));
  }

  /** Also rejects when an argument is not plain data, because the port refuses to send it. */
  async #call(run: RunCalls, name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> {
    if (this.#run !== run) throw new Error(`ctx.host.${name}: the run has ended, so it can call no host function.`);
    const bytes = this.#checkedSize(run, name, args);
    const { taskId } = run.task;
    run.pendingBytes += bytes;
    try {
      return await this.#questions.ask((callId) =>
        this.#port.post({ kind: 'host.called', taskId, callId, name, args }),
      );
    } finally {
      run.pendingBytes -= bytes;
    }
  }

  /** @throws RangeError when the call is too long, or too much waits already. */
  #checkedSize({ task, pendingBytes }: RunCalls, name: string, args: readonly JsonValue[]): number {
    const { maxMessageBytes } = task;
    const bytes = dataSize(args, maxMessageBytes);
    if (bytes > maxMessageBytes) {
      throw new RangeError(
        `ctx.host.${name}: the arguments take more than ${maxMessageBytes} bytes; send less, or raise pool.maxMessageBytes.`,
      );
    }
    const isFull =
      this.#questions.size >= MAX_PENDING_CALLS || pendingBytes + bytes > MAX_PENDING_MESSAGES * maxMessageBytes;
    if (!isFull) return bytes;
    throw new RangeError(
      `ctx.host.${name}: ${this.#questions.size} calls already wait for an answer; await some of them before you make more.`,
    );
  }
}
