/** How the call of a WASM guest fails. */
import { EscapementError } from '../../errors.ts';
import { sentence } from '../../machines/printable.ts';

/** Why a WASM guest trapped. The names are stable; V8's texts are not. */
export type GuestTrapKind =
  | 'unreachable'
  | 'division-by-zero'
  | 'integer-overflow'
  | 'invalid-conversion'
  | 'stack-overflow'
  | 'memory-out-of-bounds'
  | 'table-out-of-bounds'
  | 'segment-out-of-bounds'
  | 'array-out-of-bounds'
  | 'indirect-call-mismatch'
  | 'null-reference'
  | 'illegal-cast'
  | 'unaligned-atomic'
  | 'uncaught-exception'
  /** A call of the host passed an offset that is not the guest's, or has the wrong types. */
  | 'invalid-host-call'
  /** A call of the host asked for more memory, or passed more data, than the guest may have. */
  | 'limit-exceeded'
  | 'other';

/** A WASM guest has used up the instructions that it may execute. */
export class FuelExhaustedError extends EscapementError {
  /** How many instructions it may execute. */
  readonly fuel: number;

  /** @param option The option that sets how many; null if none does. */
  constructor(what: string, fuel: number, option: 'budget.fuel' | null) {
    const set = option === null ? ', and no option changes that' : ` (${option})`;
    super('ERR_ESCAPEMENT_FUEL', `${what} used up its fuel, which is ${fuel} instructions${set}.`);
    this.fuel = fuel;
  }
}

/** A WASM guest did what ends its call at once: an instruction trapped, or a call of the host was wrong. */
export class GuestTrapError extends EscapementError {
  /** What kind of trap it was. */
  readonly kind: GuestTrapKind;
  /** What happened, without where. */
  readonly reason: string;
  /** The guest's functions that were executing, the innermost first. */
  readonly functions: readonly string[];

  constructor(kind: GuestTrapKind, reason: string, functions: readonly string[] = []) {
    const where = functions.length === 0 ? '' : ` in ${functions.slice(0, 3).join(', called by ')}`;
    super('ERR_ESCAPEMENT_GUEST_TRAP', sentence(`The guest trapped${where}: ${reason}`));
    this.kind = kind;
    this.reason = reason;
    this.functions = functions;
  }
}

/** A WASM guest says that its call has failed. The message is the guest's own. */
export class GuestFailedError extends EscapementError {
  constructor(message: string) {
    super('ERR_ESCAPEMENT_GUEST_FAILED', message);
  }
}
