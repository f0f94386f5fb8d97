/** The part of WebAssembly that tests use. The types of Node do not have it. */
export interface Module {
  readonly [Symbol.toStringTag]: string;
}

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface Global {
  value: bigint;
}

export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Engine {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;
  readonly Instance: new (module: Module, imports?: Imports) => Instance;
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => Memory;
  readonly RuntimeError: new (message: string) => Error;
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

export const engine: Engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;

/** Whether the engine has tables with 64-bit addresses, as Node 24 has. Of Node 22 it is known that it lacks some. */
export const hasWideTables = engine.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 4, 4, 1, 0x70, 4, 0));

/** An instance of a module as it is. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, imports: Imports = {}): Instance {
  return new engine.Instance(new engine.Module(bytes), imports);
}
