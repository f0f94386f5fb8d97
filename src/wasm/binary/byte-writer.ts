const FIRST_CAPACITY = 256;

/** Collects the bytes of a module. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The bytes so far. Valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written, and keeps the room for it. */
  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** Copies the bytes of `source` from `start` to `end`. */
  copy(source: Uint8Array, start = 0, end = source.length): void {
    const count = end - start;
    if (this.#length + count > this.#bytes.length) this.#grow(count);
    // A loop is quicker for the few bytes between two changes.
    if (count < 32) {
      for (let index = 0; index < count; index += 1) {
        this.#bytes[this.#length + index] = source[start + index] as number;
      }
    } else {
      this.#bytes.set(source.subarray(start, end), this.#length);
    }
    this.#length += count;
  }

  /** An unsigned number of at most 53 bits. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte(0x80 + (rest % 0x80));
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A signed number of at most 53 bits, not below zero. */
  signed(value: number): void {
    let rest = value;
    while (rest >= 0x40) {
      this.byte(0x80 + (rest % 0x80));
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  u64(value: bigint): void {
    let rest = value;
    while (rest >= 0x80n) {
      this.byte(0x80 + Number(rest & 0x7fn));
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  /** A number, and then as many bytes. */
  sized(bytes: Uint8Array): void {
    this.unsigned(bytes.length);
    this.copy(bytes);
  }

  #grow(count: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
