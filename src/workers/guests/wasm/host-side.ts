import type { LogLevel } from '../../../machines/run.ts';
import type { JsonValue } from '../../../plugin.ts';
import type { GuestFiles } from './guest-files.ts';
import type { GuestMemory } from './guest-memory.ts';
import { GuestVariables } from './guest-variables.ts';

/** What a guest reaches outside of itself while it is called. */
export interface Surroundings {
  /** The options of its installation. */
  readonly options: JsonValue | null;
  /** The config of its schedule. */
  readonly config: JsonValue | null;
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  nowMs(): number;
  /** Null where it may read none. */
  readonly files: Pick<GuestFiles, 'read' | 'list'> | null;
  /** Blocks the thread until the host has answered. @throws what the call fails with. */
  callHost(name: string, args: readonly JsonValue[]): JsonValue | undefined;
}

/** What the host has of one guest: the memory between them, and what the present call has said so far. */
export class HostSide {
  readonly memory: GuestMemory;
  variables = new GuestVariables();
  surroundings: Surroundings;
  input: { readonly offset: number; readonly length: number } = { offset: 0, length: 0 };
  /** A copy of what the guest has set last. */
  output: string | null = null;
  error: string | null = null;
  /** Why the last call of a host function has failed. */
  hostError: string | null = null;
  /**
   * What ends the call, whatever the guest does: V8 lets a guest catch an exception of an import, and go on. The first one
   * counts.
   */
  fatal: Error | null = null;
  /** Has the guest trap at its next instructions, if they are counted. */
  stop: () => void = () => {};
  /** The answer to the last HTTP request. */
  response: { readonly status: number; readonly headers: JsonValue } | null = null;

  constructor(memory: GuestMemory, surroundings: Surroundings) {
    this.memory = memory;
    this.surroundings = surroundings;
  }

  /** A call begins. */
  begin(input: string | null, surroundings: Surroundings): void {
    this.surroundings = surroundings;
    this.fatal = null;
    this.clear();
    if (input === null) return;
    const offset = this.memory.storeText(input);
    this.input = { offset, length: this.memory.lengthOf(BigInt(offset)) };
  }

  /** What happens here ends the call. */
  fail(error: Error): void {
    if (this.fatal !== null) return;
    this.fatal = error;
    this.stop();
  }

  /** Drops everything that the call has brought so far. */
  clear(): void {
    this.memory.clear();
    this.input = { offset: 0, length: 0 };
    this.output = null;
    this.error = null;
    this.hostError = null;
    this.response = null;
  }
}
