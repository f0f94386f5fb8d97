import { AssertionError } from 'node:assert';
import { reasonOf } from '../../wire/error-record.ts';

/** One rule that a backend or a plugin has to keep, as a test of any runner: `test(name, run)`. */
export interface ConformanceCase {
  /** The rule, as a sentence about the backend or the plugin. */
  readonly name: string;
  /** Rejects with an error that says how the rule is broken; that is mostly an `AssertionError` of node:assert. */
  run(): Promise<void>;
  /** What was found, such as how long a run took. Known once the case has passed. */
  note?(): string | undefined;
}

/** A case that resolves to what it has found. */
export function notedCase(name: string, check: () => Promise<string | undefined>): ConformanceCase {
  let found: string | undefined;
  const run = async (): Promise<void> => {
    found = await check();
  };
  return { name, run, note: () => found };
}

/** What a kit needs to know beside the backend. */
export interface ConformanceOptions {
  /** Lets so many milliseconds pass by the clock of the backend. Default: waits. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** Fails the case unless `isKept`. */
export function must(isKept: boolean, broken: string): asserts isKept {
  if (!isKept) throw new AssertionError({ message: broken, stackStartFn: must });
}

/** Fails the case unless the call resolves, and quotes what a rejection says. */
export async function mustResolve<T>(call: Promise<T>, broken: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new AssertionError({ message: `${broken}: ${reasonOf(error)}` });
  }
}
