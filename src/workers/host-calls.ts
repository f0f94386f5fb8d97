import type { HostFunctions, JsonValue } from '../plugin.ts';
import { errorFromRecord } from '../wire/error-record.ts';
import type { ToPoolThread } from './protocol.ts';
import type { SupervisorPort } from './supervisor-port.ts';

/** A plugin that never awaits its calls must not fill the supervisor's memory. */
const MAX_PENDING_CALLS = 1_000;

interface PendingCall {
  readonly resolve: (value: JsonValue | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Calls of host functions from this thread that wait for their answer. */
export class HostCalls {
  readonly #port: SupervisorPort;
  readonly #pending = new Map<number, PendingCall>();
  #lastCallId = 0;

  constructor(port: SupervisorPort) {
    this.#port = port;
  }

  /** What a plugin is given as `ctx.host`. */
  functions(taskId: string, names: readonly string[]): HostFunctions {
    const entries = names.map((name) => {
      const call = (...args: readonly JsonValue[]): Promise<JsonValue | undefined> => this.#call(taskId, name, args);
      return [name, call] as const;
    });
    return Object.freeze(Object.fromEntries(entries));
  }

  answer({ callId, value, error }: Extract<ToPoolThread, { kind: 'host.answered' }>): void {
    const call = this.#pending.get(callId);
    this.#pending.delete(callId);
    if (error === undefined) call?.resolve(value);
    else call?.reject(errorFromRecord(error));
  }

  /** An argument that is not data rejects the call, as the port refuses it. */
  async #call(taskId: string, name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> {
    if (this.#pending.size >= MAX_PENDING_CALLS) {
      throw new RangeError(
        `ctx.host.${name}: ${MAX_PENDING_CALLS} calls wait for an answer already; await them before more.`,
      );
    }
    this.#lastCallId += 1;
    const callId = this.#lastCallId;
    this.#port.post({ kind: 'host.called', taskId, callId, name, args });
    return new Promise((resolve, reject) => this.#pending.set(callId, { resolve, reject }));
  }
}
