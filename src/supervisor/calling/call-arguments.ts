/** What the built-in functions are called with comes from foreign code, so everything about it is looked at. */
import { HostCallError } from '../../machines/calling/host-call-error.ts';
import { MAX_KEY_BYTES } from '../../machines/kv/kv-names.ts';
import { utf8Length } from '../../machines/kv/utf8.ts';
import { previewOf } from '../../wire/value-preview.ts';

/** One call of a built-in function. */
export class CallArguments {
  readonly name: string;
  readonly #args: readonly unknown[];

  /** @throws HostCallError when there are more arguments than the function has. */
  constructor(name: string, args: readonly unknown[], most: number) {
    this.name = name;
    this.#args = args;
    if (args.length > most) throw this.invalid(`it takes ${most} arguments, not ${args.length}`);
  }

  at(place: number): unknown {
    return this.#args[place];
  }

  /** A namespace by its name, or null for the plugin's own. */
  namespaceAt(place: number): string | null {
    const given = this.#args[place] ?? null;
    if (given === null || typeof given === 'string') return given;
    throw this.invalid(`its namespace must be a string, not ${previewOf(given)}`);
  }

  keyAt(place: number): string {
    return this.keyLike(this.#args[place], 'key', 1);
  }

  keyLike(given: unknown, what: string, leastBytes: number): string {
    if (typeof given !== 'string') throw this.invalid(`its ${what} must be a string, not ${previewOf(given)}`);
    // Three bytes for a unit are the most, and a long text is not read to the end.
    const bytes = given.length > MAX_KEY_BYTES ? given.length : utf8Length(given);
    if (bytes < leastBytes || bytes > MAX_KEY_BYTES) {
      throw this.invalid(`its ${what} must have ${leastBytes} to ${MAX_KEY_BYTES} bytes in UTF-8, not ${bytes}`);
    }
    if (!given.isWellFormed()) throw this.invalid(`its ${what} has half of a surrogate pair, which is not a character`);
    return given;
  }

  /** A plain object with these fields and no other; absent ones are undefined. */
  fieldsOf(given: unknown, what: string, fields: readonly string[]): Readonly<Record<string, unknown>> {
    const found = this.recordOf(given, what);
    const stranger = Object.keys(found).find((field) => !fields.includes(field));
    if (stranger === undefined) return found;
    const known = fields.join(', ');
    throw this.invalid(`its ${what} has no field ${previewOf(stranger)}: the fields are ${known}`);
  }

  recordOf(given: unknown, what: string): Readonly<Record<string, unknown>> {
    const isPlain = typeof given === 'object' && given !== null && Object.getPrototypeOf(given) === Object.prototype;
    if (isPlain) return given as Readonly<Record<string, unknown>>;
    throw this.invalid(`its ${what} must be an object, not ${previewOf(given)}`);
  }

  invalid(reason: string): HostCallError {
    return new HostCallError(this.name, 'invalid', reason);
  }

  denied(reason: string): HostCallError {
    return new HostCallError(this.name, 'denied', reason);
  }

  limit(reason: string): HostCallError {
    return new HostCallError(this.name, 'limit', reason);
  }

  failed(reason: string, cause?: unknown): HostCallError {
    return new HostCallError(this.name, 'failed', reason, cause === undefined ? undefined : { cause });
  }
}
