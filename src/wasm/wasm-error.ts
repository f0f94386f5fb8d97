/** Bytes are not a WebAssembly module, or the module uses what is not supported. The message names it. */
export class WasmError extends Error {
  /** Where in the file, in bytes from its start. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(`${reason} (at byte ${offset})`);
    this.offset = offset;
  }

  override get name(): string {
    return 'WasmError';
  }
}
