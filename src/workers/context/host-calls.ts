import { HostCallError } from '../../machines/calling/host-call-error.ts';
import type { JsonValue, PluginHost } from '../../plugin.ts';
import { argumentsBytes, dataSize } from '../../wire/data-size.ts';
import { errorFromRecord } from '../../wire/error-record.ts';
import { argumentsProblem } from '../../wire/json-problem.ts';
import { Questions } from '../../wire/questions.ts';
import type { SupervisorPort } from '../ports/supervisor-port.ts';
import type { RunTask, ToPoolWorker } from '../protocol.ts';
import type { RunAbort } from './aborts.ts';
import { pluginHost } from './built-in-functions.ts';

/** Without these limits, a plugin that never awaits its calls would fill the supervisor's memory. */
const MAX_PENDING_CALLS = 1_000;
const MAX_PENDING_MESSAGES = 16;

/** Taken before a plugin is loaded, which may change them: every call is copied by them. */
const { parse, stringify } = JSON;

type CallingTask = Pick<RunTask, 'taskId' | 'hostFunctions' | 'maxMessageBytes'>;

/** The calls of one run. They end with it: an answer that comes later is dropped. */
interface RunCalls {
  readonly task: CallingTask;
  /** What the pending calls have sent, in bytes. */
  pendingBytes: number;
}

/** What is sent for a call, and how many bytes it takes. */
interface SentArguments {
  readonly args: readonly JsonValue[];
  readonly bytes: number;
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
    const sent = this.#sendable(run, name, args);
    const { taskId } = run.task;
    const answers: (() => JsonValue | undefined)[] = [];
    this.#questions.put((callId) => this.#port.post({ kind: 'host.called', taskId, callId, name, args: sent.args }), {
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

  async #call(run: RunCalls, name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> {
    if (this.#run !== run) throw new Error(`ctx.host.${name}: the run has ended, so it can call no host function.`);
    const { bytes, args: sent } = this.#sendable(run, name, args);
    const { taskId } = run.task;
    run.pendingBytes += bytes;
    try {
      return await this.#questions.ask((callId) =>
        this.#port.post({ kind: 'host.called', taskId, callId, name, args: sent }),
      );
    } finally {
      run.pendingBytes -= bytes;
    }
  }

  /** @throws RangeError when the call is too long, or too much waits already. @throws HostCallError for what is not JSON. */
  #sendable({ task, pendingBytes }: RunCalls, name: string, args: readonly JsonValue[]): SentArguments {
    const { maxMessageBytes } = task;
    const sent = copyOf(name, args, maxMessageBytes);
    const bytes = argumentsBytes(sent, maxMessageBytes);
    if (bytes > maxMessageBytes) throw tooLong(name, maxMessageBytes);
    const isFull =
      this.#questions.size >= MAX_PENDING_CALLS || pendingBytes + bytes > MAX_PENDING_MESSAGES * maxMessageBytes;
    if (!isFull) return { args: sent, bytes };
    throw new RangeError(
      `ctx.host.${name}: ${this.#questions.size} calls already wait for an answer; await some of them before you make more.`,
    );
  }
}

/**
 * The arguments as JSON and nothing else. A port would also send what JSON does not have: an object of a class with all
 * that is in it, the buffer behind a view, the fields of a list beside its items.
 */
function copyOf(name: string, args: readonly JsonValue[], maxMessageBytes: number): readonly JsonValue[] {
  const bytes = dataSize(args, maxMessageBytes);
  if (bytes > maxMessageBytes && bytes !== Number.POSITIVE_INFINITY) throw tooLong(name, maxMessageBytes);
  const problem = argumentsProblem(args, { maxLength: maxMessageBytes });
  if (problem !== undefined) throw new HostCallError(name, 'invalid', problem);
  return args.map((value) => (typeof value === 'object' && value !== null ? parse(stringify(value)) : value));
}

function tooLong(name: string, maxMessageBytes: number): RangeError {
  return new RangeError(
    `ctx.host.${name}: the arguments take more than ${maxMessageBytes} bytes; send less, or raise pool.maxMessageBytes.`,
  );
}
