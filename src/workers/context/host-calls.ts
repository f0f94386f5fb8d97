import type { HostFunctions, JsonValue } from '../../plugin.ts';
import { errorFromRecord } from '../../wire/error-record.ts';
import { Questions } from '../../wire/questions.ts';
import type { SupervisorPort } from '../ports/supervisor-port.ts';
import type { ToPoolWorker } from '../protocol.ts';

/** Without this limit, a plugin that never awaits its calls would fill the supervisor's memory. */
const MAX_PENDING_CALLS = 1_000;

/** Calls host functions for the runs of this thread. The supervisor thread passes each call on to the host. */
export class HostCalls {
  readonly #port: SupervisorPort;
  readonly #calls = new Questions();

  constructor(port: SupervisorPort) {
    this.#port = port;
  }

  /** The `ctx.host` of a task. */
  functions(taskId: string, names: readonly string[]): HostFunctions {
    const entries = names.map((name) => {
      const call = (...args: readonly JsonValue[]): Promise<JsonValue | undefined> => this.#call(taskId, name, args);
      return [name, call] as const;
    });
    return Object.freeze(Object.fromEntries(entries));
  }

  answer({ callId, value, error }: Extract<ToPoolWorker, { kind: 'host.answered' }>): void {
    if (error === undefined) this.#calls.answer(callId, value);
    else this.#calls.refuse(callId, errorFromRecord(error));
  }

  /** Also rejects when an argument is not plain data, because the port refuses to send it. */
  async #call(taskId: string, name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> {
    if (this.#calls.size >= MAX_PENDING_CALLS) {
      throw new RangeError(
        `ctx.host.${name}: ${MAX_PENDING_CALLS} calls already wait for an answer; await some of them before you make more.`,
      );
    }
    return this.#calls.ask((callId) => this.#port.post({ kind: 'host.called', taskId, callId, name, args }));
  }
}
