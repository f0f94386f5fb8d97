import { FuelExhaustedError, GuestFailedError, GuestTrapError } from '../../../wire/guests/guest-errors.ts';
import { OTHER_CALL_FUEL } from '../../../wire/guests/guest-limits.ts';
import {
  type WasmExports,
  type WasmFunction,
  type WasmGlobal,
  type WasmImports,
  webAssembly,
} from '../../../wire/guests/web-assembly.ts';
import type { GuestCode } from '../../protocol.ts';
import type { HostSide, Surroundings } from './host-side.ts';
import { guestError } from './traps.ts';

/** Compilers put what has to happen before the first call into one of these. */
const INITIALIZERS = ['_initialize', '__wasm_call_ctors'];

/** A call of a guest. */
export interface CallRequest {
  /** The name of an export. */
  readonly name: string;
  /** JSON, or null for a function without input. */
  readonly input: string | null;
  /** The instructions that it may execute; `Infinity` for a guest that is not counted. */
  readonly fuel: number;
  readonly surroundings: Surroundings;
  /** Hears how many instructions the call has executed, also of one that fails. */
  spent?(used: number, isExhausted: boolean): void;
}

/** One instance of a guest: its memory and its globals, and the imports through which it reaches its host. */
export class GuestInstance {
  readonly #exports: WasmExports;
  readonly #fuel: WasmGlobal | null;
  readonly #host: HostSide;

  /** Executes what the module executes at its start. @throws an error as `call` does. */
  constructor({ module, fuelExport }: GuestCode, host: HostSide, imports: WasmImports) {
    this.#host = host;
    if (webAssembly === undefined) throw new TypeError('this process has no WebAssembly');
    host.begin(null, host.surroundings);
    try {
      this.#exports = new webAssembly.Instance(module, imports).exports;
    } catch (thrown) {
      throw startError(guestError(thrown), fuelExport !== null);
    }
    this.#fuel = fuelExport === null ? null : (this.#exports[fuelExport] as WasmGlobal);
    for (const name of INITIALIZERS) {
      if (typeof this.#exports[name] !== 'function') continue;
      this.call({ name, input: null, fuel: OTHER_CALL_FUEL, surroundings: host.surroundings });
      break;
    }
  }

  /** Bytes of the memory that it exports, if it does. */
  get memoryBytes(): number {
    const memory = this.#exports['memory'];
    return webAssembly !== undefined && memory instanceof webAssembly.Memory ? memory.buffer.byteLength : 0;
  }

  /**
   * Calls an export. Returns what it has set as its output, if anything.
   * @throws GuestFailedError when it says so. @throws GuestTrapError @throws FuelExhaustedError
   */
  call({ name, input, fuel, surroundings, spent }: CallRequest): string | null {
    const host = this.#host;
    host.begin(input, surroundings);
    this.#refuel(fuel);
    let code: unknown;
    try {
      code = (this.#exports[name] as WasmFunction)();
    } catch (thrown) {
      const isExhausted = this.#isExhausted;
      spent?.(this.#usedOf(fuel), isExhausted);
      throw isExhausted ? new FuelExhaustedError(`The guest's ${name}()`, fuel) : guestError(thrown);
    }
    spent?.(this.#usedOf(fuel), false);
    const isFailed = host.error !== null || (code !== undefined && Number(code) !== 0);
    if (isFailed) throw new GuestFailedError(host.error ?? `its ${name}() returned ${String(code)}`);
    return host.output;
  }

  #refuel(fuel: number): void {
    if (this.#fuel !== null) this.#fuel.value = BigInt(fuel);
  }

  get #isExhausted(): boolean {
    return this.#fuel !== null && this.#fuel.value < 0n;
  }

  /** NaN for a guest that is not counted. */
  #usedOf(fuel: number): number {
    if (this.#fuel === null) return Number.NaN;
    const left = Number(this.#fuel.value);
    return fuel - Math.max(left, 0);
  }
}

/** Without an instance nobody knows how much fuel is left. */
function startError(error: Error, isMetered: boolean): Error {
  if (!isMetered || !(error instanceof GuestTrapError) || error.kind !== 'unreachable') return error;
  const reason = `${error.reason}; its start function may execute ${OTHER_CALL_FUEL} instructions`;
  return new GuestTrapError(error.kind, reason, error.functions);
}
