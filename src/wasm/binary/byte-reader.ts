import { WasmError } from '../wasm-error.ts';

const CONTINUES = 0x80;
const text = new TextDecoder();

/** Reads a part of a file from front to back. Offsets count from the start of the file. */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** The offset of the next byte. */
  at: number;
  /** The offset behind the last byte. */
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** The next byte, which stays unread. */
  peek(): number {
    if (this.at >= this.end) throw new WasmError('the module ends too early', this.at);
    return this.bytes[this.at] as number;
  }

  byte(): number {
    if (this.at >= this.end) throw new WasmError('the module ends too early', this.at);
    const value = this.bytes[this.at] as number;
    this.at += 1;
    return value;
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw new WasmError('the module ends too early', this.end);
    this.at += count;
  }

  /** A part of the given length, to be read by itself. */
  part(length: number): ByteReader {
    const start = this.at;
    this.skip(length);
    return new ByteReader(this.bytes, start, this.at);
  }

  u32(): number {
    const first = this.byte();
    return first < CONTINUES ? first : this.#longU32(first);
  }

  #longU32(first: number): number {
    const start = this.at - 1;
    let value = first - CONTINUES;
    for (let shift = 7; shift < 35; shift += 7) {
      const next = this.byte();
      value += (next % CONTINUES) * 2 ** shift;
      if (next < CONTINUES) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new WasmError('a number is longer than 32 bits', start);
  }

  u64(): bigint {
    const start = this.at;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const next = this.byte();
      value |= BigInt(next % CONTINUES) << shift;
      if (next < CONTINUES) {
        if (value >= 1n << 64n) break;
        return value;
      }
    }
    throw new WasmError('a number is longer than 64 bits', start);
  }

  /** A signed number of 33 bits: the index of a type, or the code of a built-in type if it is negative. */
  s33(): number {
    const start = this.at;
    this.skipSigned(33);
    let value = 0;
    for (let index = this.at - 1; index >= start; index -= 1) {
      value = value * CONTINUES + ((this.bytes[index] as number) % CONTINUES);
    }
    const bound = 2 ** (7 * (this.at - start));
    return value >= bound / 2 ? value - bound : value;
  }

  /** Skips a signed number. It must not be longer than it may be, nor have bits beyond `bits`. */
  skipSigned(bits: number): void {
    const start = this.at;
    for (let left = bits; left > 0; left -= 7) {
      const next = this.byte();
      if (next < CONTINUES) {
        if (left >= 7 || fitsSigned(next, left)) return;
        break;
      }
    }
    throw new WasmError(`a number is longer than ${bits} bits`, start);
  }

  /** Skips an unsigned number of 64 bits. */
  skipU64(): void {
    const start = this.at;
    for (let count = 1; count <= 10; count += 1) {
      const next = this.byte();
      if (next < CONTINUES) {
        if (count < 10 || next <= 1) return;
        break;
      }
    }
    throw new WasmError('a number is longer than 64 bits', start);
  }

  name(): string {
    const part = this.part(this.u32());
    return text.decode(part.bytes.subarray(part.at, part.end));
  }

  /** Skips what `name` reads. */
  skipName(): void {
    this.skip(this.u32());
  }
}

/** Whether the last byte of a signed number repeats the sign in the bits that are left over. */
function fitsSigned(last: number, bits: number): boolean {
  const rest = last >> (bits - 1);
  return rest === 0 || rest === 0x7f >> (bits - 1);
}
