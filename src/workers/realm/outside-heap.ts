/**
 * Counts the memory of this thread that V8 does not count as part of its heap: shared buffers, memories of WebAssembly,
 * and threads that a plugin started. The sum stands in the cell that the thread shares with its pool, so that the pool
 * can read it while the thread executes. What has become garbage leaves the sum at the next count.
 *
 * A memory that a WebAssembly module neither imports nor exports is not seen here. The limit of the whole process
 * covers it.
 */
import { syncBuiltinESMExports } from 'node:module';
import threads, { type Worker } from 'node:worker_threads';
import type { WorkerCell } from '../../wire/worker-cell.ts';

const NESTED_LOOK_MS = 50;

type Construct = new (...args: never[]) => object;
/** Something whose size is that of a buffer. */
type Sized = { readonly byteLength: number } | { readonly buffer: { readonly byteLength: number } };
/** A memory of WebAssembly. The types of Node do not have it. */
type WasmMemory = Extract<Sized, { readonly buffer: unknown }>;
interface WasmNamespace {
  readonly Memory: (new (...args: never[]) => WasmMemory) & { readonly prototype: object };
}

/** Undefined where WebAssembly is switched off, as by `--jitless`. */
const { WebAssembly: wasm } = globalThis as { readonly WebAssembly?: WasmNamespace };

export class OutsideHeap {
  readonly #cell: WorkerCell;
  readonly #sized = new Set<WeakRef<Sized>>();
  readonly #nested = new Map<Worker, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(cell: WorkerCell) {
    this.#cell = cell;
  }

  /** Threads that plugins started here and that have not exited. */
  get nestedCount(): number {
    return this.#nested.size;
  }

  /** The sum as it was last counted, in bytes. */
  get bytes(): number {
    return this.#cell.outsideHeapBytes;
  }

  /** From now on what plugins make is counted. Call it once, before a plugin is loaded. */
  watch(): void {
    this.#watchClass(globalThis, 'SharedArrayBuffer', (made) => [made as SharedArrayBuffer]);
    this.#countAfter(SharedArrayBuffer.prototype, 'grow');
    if (wasm !== undefined) this.#watchWasm(wasm);
    this.#watchClass(threads, 'Worker', (made) => {
      this.#follow(made as Worker);
      return [];
    });
    syncBuiltinESMExports();
  }

  /** Counts again, and returns the sum in bytes. */
  count(): number {
    let bytes = 0;
    for (const ref of this.#sized) {
      const sized = ref.deref();
      if (sized === undefined) this.#sized.delete(ref);
      else bytes += bytesOf(sized);
    }
    for (const heapBytes of this.#nested.values()) bytes += heapBytes;
    this.#cell.outsideHeapBytes = bytes;
    return bytes;
  }

  #add(sized: readonly Sized[]): void {
    for (const each of sized) {
      this.#sized.add(new WeakRef(each));
      this.#cell.outsideHeapBytes += bytesOf(each);
    }
  }

  /** A Proxy keeps `instanceof`, the prototype and the static members as they are. */
  #watchClass(holder: object, name: string, found: (made: object) => readonly Sized[]): void {
    const members = holder as Record<string, Construct>;
    const proxy: Construct = new Proxy(members[name] as Construct, {
      construct: (target, args, newTarget) => {
        const made = Reflect.construct(target, args, newTarget === proxy ? target : newTarget) as object;
        this.#add(found(made));
        return made;
      },
    });
    members[name] = proxy;
    proxy.prototype.constructor = proxy;
  }

  #watchWasm(namespace: WasmNamespace): void {
    this.#countAfter(namespace.Memory.prototype, 'grow');
    this.#watchClass(namespace, 'Memory', (made) => [made as WasmMemory]);
    this.#watchClass(namespace, 'Instance', memoriesOf);
    this.#watchInstantiate(namespace, 'instantiate');
    this.#watchInstantiate(namespace, 'instantiateStreaming');
  }

  #watchInstantiate(namespace: WasmNamespace, name: 'instantiate' | 'instantiateStreaming'): void {
    const members = namespace as unknown as Record<string, (...args: unknown[]) => Promise<object>>;
    const original = members[name];
    if (original === undefined) return;
    members[name] = async (...args) => {
      const made = await original.apply(namespace, args);
      this.#add(memoriesOf('instance' in made ? (made.instance as object) : made));
      return made;
    };
  }

  #countAfter(prototype: object, name: string): void {
    const members = prototype as Record<string, (...args: unknown[]) => unknown>;
    const original = members[name];
    if (original === undefined) return;
    const counted = (): unknown => this.count();
    members[name] = function grown(this: unknown, ...args) {
      const answer = original.apply(this, args);
      counted();
      return answer;
    };
  }

  #follow(worker: Worker): void {
    this.#nested.set(worker, 0);
    worker.once('exit', () => this.#nested.delete(worker));
    this.#timer ??= setInterval(() => void this.#lookAtNested(), NESTED_LOOK_MS).unref();
  }

  async #lookAtNested(): Promise<void> {
    if (this.#nested.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    for (const worker of this.#nested.keys()) {
      const heap = await worker.getHeapStatistics?.().catch(() => null);
      if (heap && this.#nested.has(worker)) this.#nested.set(worker, heap.used_heap_size + heap.external_memory);
    }
    this.count();
  }
}

function bytesOf(sized: Sized): number {
  return 'buffer' in sized ? sized.buffer.byteLength : sized.byteLength;
}

/** The memories that an instance exports. Of a module, which a call may return in its place, there are none. */
function memoriesOf(instance: object): WasmMemory[] {
  const { exports = {} } = instance as { readonly exports?: Readonly<Record<string, unknown>> };
  const memory = wasm?.Memory;
  return memory === undefined
    ? []
    : Object.values(exports).filter((value): value is WasmMemory => value instanceof memory);
}
