import { describe, expect, test } from 'vitest';
import { instantiate } from '../support/wasm/engine.ts';
import { Interpreter } from '../support/wasm/interpreter.ts';
import { MeteredModule, plainOutcome, type Value } from '../support/wasm/metering.ts';
import { type Exceptions, Random, randomModule } from '../support/wasm/random-module.ts';

const MODULES = 100;

describe('fuel of random modules', () => {
  test(`${MODULES} modules compute what they did, and pay for what an interpreter counts`, () => {
    for (let seed = 1; seed <= MODULES; seed += 1) compare(seed);
  });

  test.each(['table', 'legacy'] as const)('what they throw does not lessen what they pay: %s', (exceptions) => {
    let thrown = 0;
    for (let seed = 1; seed <= MODULES; seed += 1) thrown += compareThrowing(seed, exceptions);
    expect(thrown).toBeGreaterThan(MODULES);
  });
});

const argumentsFrom = (random: Random): readonly Value[] => [
  random.below(100),
  BigInt(random.below(100)),
  random.below(100) / 4,
];

/** How many exceptions there were. Each may leave behind what was paid in advance, which is less than a module is long. */
function compareThrowing(seed: number, exceptions: Exceptions): number {
  const bytes = randomModule(seed, exceptions);
  const [plain, metered, interpreter] = [instantiate(bytes), new MeteredModule(bytes), new Interpreter(bytes)];
  const random = new Random(seed + 1_000_000);
  let thrown = 0;
  for (const name of ['f0', 'f1', 'f2', 'f3', 'f4']) {
    const args = argumentsFrom(random);
    const what = `${name} with seed ${seed}`;
    const { results, error } = plainOutcome(plain, name, args);
    const outcome = metered.call(name, args);
    expect(outcome, what).toMatchObject({ results, error });
    expect(resultsOf(interpreter, name, args), `the interpreter on ${what}`).toEqual(results);
    const [used, { count }] = [Number(outcome.used), interpreter];
    expect(used, what).toBeGreaterThanOrEqual(count);
    expect(used, what).toBeLessThanOrEqual(count + interpreter.exceptions * bytes.length);
    thrown += interpreter.exceptions;
  }
  return thrown;
}

/** Null if it throws. */
function resultsOf(interpreter: Interpreter, name: string, args: readonly Value[]): readonly Value[] | null {
  try {
    return interpreter.call(name, args);
  } catch (error) {
    if (String(error) !== 'Error: uncaught') throw error;
    return null;
  }
}

function compare(seed: number): void {
  const bytes = randomModule(seed);
  const plain = instantiate(bytes);
  const metered = new MeteredModule(bytes);
  const starved = new MeteredModule(bytes);
  const interpreter = new Interpreter(bytes);
  const random = new Random(seed + 1_000_000);
  for (const name of ['f0', 'f1', 'f2', 'f3', 'f4']) {
    const args = argumentsFrom(random);
    const expected = plainOutcome(plain, name, args);
    const outcome = metered.call(name, args);
    expect(outcome.results, `results of ${name} with seed ${seed}`).toEqual(expected.results);
    expect(interpreter.call(name, args), `the interpreter on ${name} with seed ${seed}`).toEqual(expected.results);
    expect(outcome.used, `instructions of ${name} with seed ${seed}`).toBe(BigInt(interpreter.count));
    // The memories of the others are as they were before the call, so that a budget counts from there.
    const enough = starved.call(name, args, outcome.used);
    expect(enough, `${name} with just enough, with seed ${seed}`).toMatchObject({
      results: expected.results,
      used: outcome.used,
    });
    const repeated = new MeteredModule(bytes).call(name, args);
    const short = new MeteredModule(bytes).call(name, args, repeated.used - 1n);
    expect(short, `${name} with too little, with seed ${seed}`).toMatchObject({ results: null, isExhausted: true });
    expect(short.error).toContain('unreachable');
  }
}
