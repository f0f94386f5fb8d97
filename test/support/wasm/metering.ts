/** Runs functions of modules with and without fuel. */

import { instrument } from '../../../src/wasm/instrument.ts';
import { type Global, type Imports, type Instance, instantiate } from './engine.ts';

/** Enough for every test. */
const PLENTY = 1n << 60n;

export type Value = number | bigint;

/** What became of a call: its results, or that it trapped. */
export interface Outcome {
  readonly results: readonly Value[] | null;
  /** The class of what was thrown, and its message. */
  readonly error: string | null;
  readonly isExhausted: boolean;
  readonly used: bigint;
}

export class MeteredModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly instance: Instance;
  readonly #fuel: Global;

  constructor(module: Uint8Array, imports: Imports = {}, startFuel?: number) {
    const options = { isMetered: true, maxMemoryPages: 1_000, ...(startFuel === undefined ? {} : { startFuel }) };
    const { bytes, fuelExport } = instrument(module, options);
    this.bytes = bytes;
    this.instance = instantiate(bytes, imports);
    this.#fuel = this.instance.exports[fuelExport ?? ''] as Global;
  }

  get fuel(): bigint {
    return this.#fuel.value;
  }

  call(name: string, args: readonly Value[] = [], budget = PLENTY): Outcome {
    this.#fuel.value = budget;
    const outcome = outcomeOf(this.instance, name, args);
    const left = this.#fuel.value;
    return { ...outcome, isExhausted: left < 0n, used: left < 0n ? budget : budget - left };
  }
}

/** What an export does without fuel. */
export function plainOutcome(instance: Instance, name: string, args: readonly Value[] = []): Outcome {
  return { ...outcomeOf(instance, name, args), isExhausted: false, used: 0n };
}

function outcomeOf({ exports }: Instance, name: string, args: readonly Value[]): Pick<Outcome, 'results' | 'error'> {
  try {
    const answer: unknown = (exports[name] as (...values: readonly Value[]) => unknown)(...args);
    return { results: resultsOf(answer), error: null };
  } catch (error) {
    return { results: null, error: String(error) };
  }
}

function resultsOf(answer: unknown): readonly Value[] {
  if (answer === undefined) return [];
  return Array.isArray(answer) ? (answer as readonly Value[]) : [answer as Value];
}
