/**
 * The memory through which a guest and its host exchange bytes, beside the guest's own: what Extism's calling convention
 * calls the kernel's. The guest asks for blocks, and it reads and writes them by calls of the host. An offset is an
 * address in this memory. 0 is none.
 *
 * Every offset comes from the guest, so every one is checked, and it reaches only this guest's bytes of this call.
 */
import { GuestTrapError } from '../../../wire/guests/guest-errors.ts';
import { MAX_GUEST_TEXT_BYTES } from '../../../wire/guests/guest-limits.ts';
import { wrongCall } from './wrong-call.ts';

/** The first block begins here. */
const FIRST_OFFSET = 64;
/** Blocks are rounded up to this, which also bounds how many there are. */
const GRAIN = 64;
const FIRST_BYTES = 64 * 1_024;
/** A larger memory is given back when its call has ended. */
const KEPT_BYTES = 1_024 * 1_024;

/** Characters; each has three bytes at most. Inputs of runs are shorter, unless they have a config. */
const SHORT_TEXT = 1_024;

const encoder = new TextEncoder();
const encoded = new Uint8Array(3 * SHORT_TEXT);
const decoder = new TextDecoder();

export class GuestMemory {
  readonly #limitBytes: () => number;
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #used = FIRST_OFFSET;
  /** The lengths of blocks, by offset. */
  readonly #lengths = new Map<number, number>();
  /** Offsets of blocks that were given back, by rounded length. */
  readonly #free = new Map<number, number[]>();

  /** `limitBytes` says how much it may have at the moment. */
  constructor(limitBytes: () => number) {
    this.#limitBytes = limitBytes;
  }

  /** Begins a new call: nothing of the last one is left. */
  clear(): void {
    this.#lengths.clear();
    this.#free.clear();
    if (this.#bytes.length > KEPT_BYTES) this.#resize(FIRST_BYTES);
    else this.#bytes.fill(0, 0, this.#used);
    this.#used = FIRST_OFFSET;
  }

  /** Returns the offset of a new block of zeros; 0 for a block of no bytes. @throws GuestTrapError beyond the limit. */
  alloc(length: number): number {
    if (length === 0) return 0;
    const rounded = Math.ceil(length / GRAIN) * GRAIN;
    const reused = this.#free.get(rounded)?.pop();
    if (reused !== undefined) this.#bytes.fill(0, reused, reused + rounded);
    const offset = reused ?? this.#extend(rounded);
    this.#lengths.set(offset, length);
    return offset;
  }

  free(offset: bigint): void {
    const at = Number(offset);
    const length = this.#lengths.get(at);
    if (length === undefined) return;
    this.#lengths.delete(at);
    const rounded = Math.ceil(length / GRAIN) * GRAIN;
    const offsets = this.#free.get(rounded);
    if (offsets === undefined) this.#free.set(rounded, [at]);
    else offsets.push(at);
  }

  /** The length of the block that begins at the offset; 0 if none does. */
  lengthOf(offset: bigint): number {
    return this.#lengths.get(Number(offset)) ?? 0;
  }

  /** The bytes of the block that begins at the offset, until the next change. @throws GuestTrapError if none does. */
  block(offset: bigint, call: string): Uint8Array {
    const at = Number(offset);
    const length = this.#lengths.get(at);
    if (length === undefined) throw wrongCall(call, `${offset} is not the offset of a block`);
    return this.#bytes.subarray(at, at + length);
  }

  /** Any bytes, until the next change. @throws GuestTrapError if they are not all within the memory. */
  range(offset: bigint, length: bigint, call: string): Uint8Array {
    if (length === 0n) return this.#bytes.subarray(0, 0);
    const at = this.#checked(offset, length, call);
    return this.#bytes.subarray(at, at + Number(length));
  }

  /** The text of a block. @throws GuestTrapError as `block` does, and for a longer text than a guest may give at once. */
  text(offset: bigint, call: string): string {
    return decoded(this.block(offset, call), call);
  }

  /** The text of any bytes. @throws GuestTrapError as `range` does, and for a text that is too long. */
  textIn(offset: bigint, length: bigint, call: string): string {
    return decoded(this.range(offset, length, call), call);
  }

  /** Returns the offset of a new block with these bytes. */
  store(bytes: Uint8Array): number {
    const offset = this.alloc(bytes.length);
    this.#bytes.set(bytes, offset);
    return offset;
  }

  /** A short text is encoded without a buffer of its own. */
  storeText(text: string): number {
    if (text.length > SHORT_TEXT) return this.store(encoder.encode(text));
    const { written } = encoder.encodeInto(text, encoded);
    return this.store(encoded.subarray(0, written));
  }

  loadByte(offset: bigint, call: string): number {
    return this.#bytes[this.#checked(offset, 1n, call)] as number;
  }

  loadWord(offset: bigint, call: string): bigint {
    return this.#view.getBigUint64(this.#checked(offset, 8n, call), true);
  }

  storeByte(offset: bigint, value: number, call: string): void {
    this.#bytes[this.#checked(offset, 1n, call)] = value;
  }

  storeWord(offset: bigint, value: bigint, call: string): void {
    this.#view.setBigUint64(this.#checked(offset, 8n, call), value, true);
  }

  /** An i64 may be negative, and larger than a number can hold. */
  #checked(offset: bigint, length: bigint, call: string): number {
    if (offset >= FIRST_OFFSET && length >= 0n && offset + length <= this.#used) return Number(offset);
    throw wrongCall(call, `${length} bytes at ${offset} are beyond the memory that was allocated`);
  }

  #extend(length: number): number {
    const offset = this.#used;
    const end = offset + length;
    const limit = this.#limitBytes();
    if (end > limit) {
      throw new GuestTrapError('limit-exceeded', 'it asked for more memory than permissions.memoryPages grants');
    }
    if (end > this.#bytes.length) this.#resize(Math.max(end, Math.min(this.#bytes.length * 2, limit)), this.#bytes);
    this.#used = end;
    return offset;
  }

  #resize(length: number, old?: Uint8Array): void {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
    if (old !== undefined) this.#bytes.set(old);
  }
}

/** Every text is measured here, before any of the host's work depends on how long it is. */
function decoded(bytes: Uint8Array, call: string): string {
  if (bytes.length <= MAX_GUEST_TEXT_BYTES) return decoder.decode(bytes);
  const what = `it gave ${bytes.length} bytes to ${call}(), which takes at most ${MAX_GUEST_TEXT_BYTES}`;
  throw new GuestTrapError('limit-exceeded', what);
}
