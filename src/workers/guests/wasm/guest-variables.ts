import { GuestTrapError } from '../../../wire/guests/guest-errors.ts';
import { MAX_GUEST_VARIABLES_BYTES } from '../../../wire/guests/guest-limits.ts';

/** What an instance of a guest keeps between its calls, by name. It ends with the instance. */
export class GuestVariables {
  readonly #values = new Map<string, Uint8Array>();
  #bytes = 0;

  get(name: string): Uint8Array | undefined {
    return this.#values.get(name);
  }

  /** @throws GuestTrapError when all of them would take more than they may. */
  set(name: string, value: Uint8Array): void {
    this.delete(name);
    this.#bytes += sizeOf(name, value);
    if (this.#bytes > MAX_GUEST_VARIABLES_BYTES) {
      const what = `its variables take more than ${MAX_GUEST_VARIABLES_BYTES} bytes`;
      throw new GuestTrapError('limit-exceeded', what);
    }
    this.#values.set(name, value.slice());
  }

  delete(name: string): void {
    const value = this.#values.get(name);
    if (value === undefined) return;
    this.#bytes -= sizeOf(name, value);
    this.#values.delete(name);
  }
}

/** A name is kept in at most two bytes a unit, and each entry has its own cost. */
function sizeOf(name: string, value: Uint8Array): number {
  return 64 + name.length * 2 + value.length;
}
