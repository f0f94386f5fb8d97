import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { instrument } from '../../src/wasm/instrument.ts';
import type { Benchmark } from '../bench.ts';
import { rounded } from '../distribution.ts';

type Kernel = () => number;

interface Kernels {
  readonly [name: string]: Kernel;
}

/** What fuel costs in one kernel. */
interface FuelCost {
  readonly name: string;
  /** The time of one call without fuel, in µs. */
  readonly plainUs: number;
  /** The time with fuel, divided by that without. */
  readonly metered: number;
  /** The time after the pass with fuel switched off, divided by that without the pass. */
  readonly off: number;
  /** Instructions in one call. */
  readonly instructions: number;
}

interface Engine {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

const SOURCE = new URL('kernels.as', import.meta.url);
const PLENTY = 1n << 60n;
const LIMITS = { maxMemoryPages: 1_024 };
const WARM_UP_CALLS = 200;
/** For how long one kernel runs in one round: so short that many rounds are not interrupted. */
const ROUND_MS = 2;
const ROUNDS = 100;
const QUICK_ROUNDS = 20;

/** Measures how much slower guests are that pay fuel: the same kernels plain, metered, and with fuel off. */
export const fuelBenchmark: Benchmark = {
  name: 'fuel',
  summary: 'what it costs a WebAssembly guest to count its instructions',
  run: async ({ isQuick }) => {
    const rounds = isQuick ? QUICK_ROUNDS : ROUNDS;
    const bytes = await compileKernels();
    const startedAtMs = performance.now();
    const { bytes: metered, fuelExport } = instrument(bytes, { isMetered: true, ...LIMITS });
    const passMs = performance.now() - startedAtMs;
    const off = kernelsOf(exportsOf(instrument(bytes, { isMetered: false, ...LIMITS }).bytes));
    const plain = kernelsOf(exportsOf(bytes));
    const meteredExports = exportsOf(metered);
    const fuel = meteredExports[fuelExport ?? ''] as { value: bigint };
    const costs = Object.keys(plain).map((name) =>
      costOf(name, rounds, { plain, off, metered: refuelled(kernelsOf(meteredExports), fuel) }, fuel),
    );
    const ratios = costs.map((cost) => cost.metered).toSorted((a, b) => a - b);
    const [median, worst] = [ratios[Math.floor(ratios.length / 2)] ?? 0, ratios.at(-1) ?? 0];
    return {
      parameters: { rounds, roundMs: ROUND_MS, moduleBytes: bytes.length },
      figures: { kernels: costs, median, worst, passMs: rounded(passMs), meteredBytes: metered.length },
      tables: [
        {
          title: 'time with fuel, divided by the time without',
          columns: ['kernel', 'µs without', 'with fuel', 'fuel off', 'instructions'],
          rows: [
            ...costs.map((cost) => [cost.name, cost.plainUs, cost.metered, cost.off, cost.instructions]),
            ['median', '', median, '', ''],
            ['worst', '', worst, '', ''],
          ],
        },
      ],
    };
  },
};

async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
  const options = { optimizeLevel: 3, runtime: 'incremental' } as const;
  const { binary, error, stderr } = await asc.compileString(readFileSync(SOURCE, 'utf8'), options);
  if (error !== null || binary === null) throw new Error(`the kernels do not compile: ${String(stderr)}`);
  return Uint8Array.from(binary);
}

function exportsOf(bytes: Uint8Array<ArrayBuffer>): Readonly<Record<string, unknown>> {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
  const abort = (): never => {
    throw new Error('a kernel was aborted');
  };
  return new Instance(new Module(bytes), { env: { abort } }).exports;
}

function kernelsOf(exports: Readonly<Record<string, unknown>>): Kernels {
  return Object.fromEntries(
    Object.entries(exports).filter((entry): entry is [string, Kernel] => typeof entry[1] === 'function'),
  );
}

/** The same kernels with their fuel filled up before each call, as the host does. */
function refuelled(kernels: Kernels, fuel: { value: bigint }): Kernels {
  return Object.fromEntries(
    Object.entries(kernels).map(([name, kernel]) => {
      const call = (): number => {
        fuel.value = PLENTY;
        return kernel();
      };
      return [name, call];
    }),
  );
}

function costOf(
  name: string,
  rounds: number,
  variants: Readonly<Record<'plain' | 'off' | 'metered', Kernels>>,
  fuel: { value: bigint },
): FuelCost {
  const kernels = [variants.plain, variants.off, variants.metered].map((all) => all[name] as Kernel);
  for (const kernel of kernels) timeOf(kernel, WARM_UP_CALLS);
  const calls = Math.max(1, Math.round(ROUND_MS / timeOf(kernels[0] as Kernel, 5)));
  // The variants take turns, and the best round of each is the one that nothing else on the machine disturbed.
  const best = kernels.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, kernel] of kernels.entries()) {
      best[index] = Math.min(best[index] as number, timeOf(kernel, calls));
    }
  }
  const [plain, off, metered] = best as [number, number, number];
  kernels[2]?.();
  return {
    name,
    plainUs: rounded(plain * 1_000),
    metered: rounded(metered / plain),
    off: rounded(off / plain),
    instructions: Number(PLENTY - fuel.value),
  };
}

/** The time of one call, in ms. */
function timeOf(kernel: Kernel, calls: number): number {
  const startedAtMs = performance.now();
  for (let call = 0; call < calls; call += 1) kernel();
  return (performance.now() - startedAtMs) / calls;
}
