/**
 * The part of WebAssembly that is used here. The types of Node do not have it. It is taken before a plugin is loaded,
 * which may change it.
 */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** An exported global of type i64. */
export interface WasmGlobal {
  value: bigint;
}

/** A function that a module imports or exports. An i64 is a bigint. */
export type WasmFunction = (...args: readonly (number | bigint)[]) => unknown;
export type WasmExports = Readonly<Record<string, unknown>>;
export type WasmImports = Readonly<Record<string, Readonly<Record<string, WasmFunction>>>>;

export interface WasmExport {
  readonly name: string;
  /** `function`, `memory`, `table`, `global` or `tag`. */
  readonly kind: string;
}

export interface WasmImport extends WasmExport {
  readonly module: string;
}

interface WasmNamespace {
  readonly Module: (new (
    bytes: Uint8Array<ArrayBuffer>,
  ) => WasmModule) & {
    imports(module: WasmModule): readonly WasmImport[];
    exports(module: WasmModule): readonly WasmExport[];
  };
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: WasmExports };
  readonly Memory: new () => { readonly buffer: { readonly byteLength: number } };
  readonly RuntimeError: new () => Error;
  readonly Exception?: new () => object;
}

/** Copies of what can be replaced. */
export interface WebAssemblyFunctions extends Omit<WasmNamespace, 'Exception'> {
  readonly importsOf: WasmNamespace['Module']['imports'];
  readonly exportsOf: WasmNamespace['Module']['exports'];
  readonly Exception: WasmNamespace['Exception'];
}

/** Undefined where WebAssembly is switched off, as by `--jitless`. */
export const webAssembly: WebAssemblyFunctions | undefined = taken();

export function isWasmModule(value: unknown): value is WasmModule {
  return webAssembly !== undefined && value instanceof webAssembly.Module;
}

function taken(): WebAssemblyFunctions | undefined {
  // Not by its name: a browser's types say another thing of it, and the console's page is checked with them.
  const namespace: WasmNamespace | undefined = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')?.value;
  if (namespace === undefined) return undefined;
  const { Module, Instance, Memory, RuntimeError, Exception } = namespace;
  return { Module, Instance, Memory, RuntimeError, Exception, importsOf: Module.imports, exportsOf: Module.exports };
}
