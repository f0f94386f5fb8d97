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
const NOTHING = (): void => {};

/** A call of a guest. */
export interface CallRequest {
  /** The name of an export. */
  readonly name: string;
  /** JSON, or null for a function without input. */
  readonly input: string | null;
  /** The instructions that it may execute; `Infinity` for a guest that is not counted. */
  readonly fuel: number;
  /** What sets the fuel; null if it is the same for every guest. */
  readonly fuelOption: 'budget.fuel' | null;
  /** What the start of the instance has used of the fuel. Default 0. */
  readonly startUsed?: number;
  readonly surroundings: Surroundings;
  /** Hears how many instructions the start and the call have executed, also of one that fails. */
  readonly spent?: (used: number, isExhausted: boolean) => void;
}

/** What the start of an instance may use. */
export type FuelLimit = Pick<CallRequest, 'fuel' | 'fuelOption'>;

/** One instance of a guest: its memory and its globals, and the imports through which it reaches its host. */
export class GuestInstance {
  /** How many instructions it has executed before its first call. 0 for a guest that is not counted. */
  readonly startUsed: number;
  readonly #exports: WasmExports;
  readonly #fuel: WasmGlobal | null;
  readonly #host: HostSide;
  /** What was left when the host stopped the call; null if it did not. */
  #leftAtStop: number | null = null;

  /**
   * Executes what the module executes at its start, and what compilers have put before the first call. Both together may
   * use up the fuel of `limit`. @throws an error as `call` does.
   */
  constructor({ module, fuelExport }: GuestCode, host: HostSide, imports: WasmImports, limit: FuelLimit) {
    this.#host = host;
    if (webAssembly === undefined) throw new TypeError('this process has no WebAssembly');
    host.begin(null, host.surroundings);
    host.stop = NOTHING;
    try {
      this.#exports = new webAssembly.Instance(module, imports).exports;
      if (host.fatal !== null) throw host.fatal;
    } catch (thrown) {
      throw startError(guestError(host.fatal ?? thrown), fuelExport !== null);
    }
    this.#fuel = fuelExport === null ? null : (this.#exports[fuelExport] as WasmGlobal);
    const stop = (): void => this.#stop();
    host.stop = stop;
    let used = this.#fuel === null ? 0 : OTHER_CALL_FUEL - Number(this.#fuel.value);
    const { fuel, fuelOption } = limit;
    if (used > fuel) throw new FuelExhaustedError("The guest's start", fuel, fuelOption);
    const initializer = INITIALIZERS.find((name) => typeof this.#exports[name] === 'function');
    if (initializer !== undefined) {
      const spent = (both: number): void => {
        if (this.#fuel !== null) used = both;
      };
      this.call({ name: initializer, input: null, ...limit, startUsed: used, surroundings: host.surroundings, spent });
    }
    this.startUsed = used;
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
  call({ name, input, fuel, fuelOption, startUsed = 0, surroundings, spent }: CallRequest): string | null {
    const host = this.#host;
    host.begin(input, surroundings);
    this.#leftAtStop = null;
    this.#refuel(fuel - startUsed);
    let code: unknown;
    try {
      code = (this.#exports[name] as WasmFunction)();
      if (host.fatal !== null) throw host.fatal;
    } catch (thrown) {
      const isExhausted = host.fatal === null && this.#isExhausted;
      spent?.(this.#usedOf(fuel), isExhausted);
      if (isExhausted) throw new FuelExhaustedError(`The guest's ${name}()`, fuel, fuelOption);
      throw guestError(host.fatal ?? thrown);
    }
    spent?.(this.#usedOf(fuel), false);
    const isFailed = host.error !== null || (code !== undefined && Number(code) !== 0);
    if (isFailed) throw new GuestFailedError(host.error ?? `its ${name}() returned ${String(code)}`);
    return host.output;
  }

  /** The guest may catch what its import has thrown, but not the trap that comes next. */
  #stop(): void {
    if (this.#fuel === null) return;
    this.#leftAtStop = Number(this.#fuel.value);
    this.#fuel.value = -1n;
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
    const left = this.#leftAtStop ?? Number(this.#fuel.value);
    return fuel - Math.max(left, 0);
  }
}

/** Without an instance nobody knows how much fuel is left. */
function startError(error: Error, isMetered: boolean): Error {
  if (!isMetered || !(error instanceof GuestTrapError) || error.kind !== 'unreachable') return error;
  const reason = `${error.reason}; its start function may execute ${OTHER_CALL_FUEL} instructions`;
  return new GuestTrapError(error.kind, reason, error.functions);
}
