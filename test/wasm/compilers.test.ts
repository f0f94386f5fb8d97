import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeWith } from '../support/servers/requirement.ts';
import { compileAssemblyScript, compileC, compileRust, needsClang, needsRust } from '../support/wasm/compilers.ts';
import { engine, type Imports, instantiate } from '../support/wasm/engine.ts';
import { Interpreter } from '../support/wasm/interpreter.ts';
import { MeteredModule, plainOutcome, type Value } from '../support/wasm/metering.ts';

type Call = readonly [name: string, ...args: readonly Value[]];

const sourceOf = (name: string): string => fileURLToPath(new URL(`../fixtures/kernels/${name}`, import.meta.url));
const BENCHMARKS = fileURLToPath(new URL('../../bench/fuel/kernels.as', import.meta.url));
const imports: Imports = {
  env: {
    abort: () => {
      throw new Error('aborted');
    },
  },
};

/** The same results with and without fuel, twice the same count, and an end exactly where the budget has one. */
function expectSame(bytes: Uint8Array<ArrayBuffer>, calls: readonly Call[]): void {
  const plain = instantiate(bytes, imports);
  const [metered, again] = [new MeteredModule(bytes, imports), new MeteredModule(bytes, imports)];
  expect(engine.validate(metered.bytes)).toBe(true);
  for (const [name, ...args] of calls) {
    const expected = plainOutcome(plain, name, args);
    const outcome = metered.call(name, args);
    expect(outcome, name).toMatchObject({ results: expected.results, error: expected.error, isExhausted: false });
    const exact = again.call(name, args, outcome.used);
    expect(exact, `${name} with just enough`).toEqual(outcome);
    const short = new MeteredModule(bytes, imports).call(name, args, 50n);
    expect(short.isExhausted, `${name} with too little`).toBe(true);
  }
}

/** Instructions that bulk operations move are not counted by the interpreter, so these are modules without. */
function expectCounts(bytes: Uint8Array<ArrayBuffer>, calls: readonly Call[]): void {
  const metered = new MeteredModule(bytes, imports);
  const interpreter = new Interpreter(bytes, imports);
  for (const [name, ...args] of calls) {
    const { results, used } = metered.call(name, args);
    expect([interpreter.call(name, args), BigInt(interpreter.count)], name).toEqual([results, used]);
  }
}

// Compilers take their time on a busy machine.
describe('a module of AssemblyScript', { timeout: 60_000 }, () => {
  const CALLS: readonly Call[] = ['sieve', 'matrix', 'hash', 'sort', 'bodiesMove', 'parse', 'table', 'words'].map(
    (name) => [name],
  );

  test.each([
    ['optimized', { optimizeLevel: 3, runtime: 'incremental' }],
    ['for size', { optimizeLevel: 2, shrinkLevel: 2, converge: true, runtime: 'minimal' }],
    ['without optimization', { optimizeLevel: 0, debug: true, runtime: 'incremental' }],
  ])('%s computes the same', async (_how, options) => {
    expectSame(await compileAssemblyScript(BENCHMARKS, options), CALLS);
  });

  test('pays for what an interpreter counts', async () => {
    const source = sourceOf('small.as');
    const options = { optimizeLevel: 3, runtime: 'incremental', disable: ['bulk-memory'] };
    expectCounts(await compileAssemblyScript(source, options), [
      ['primes', 50],
      ['words', 20],
      ['fibonacci', 9],
    ]);
  });
});

describeWith(needsClang())('a module of C', () => {
  const CALLS: readonly Call[] = [
    ['fibonacci', 15],
    ['sieve', 5_000],
    ['shell_sort', 700],
    ['through_table', 500],
    ['machine', 900],
    ['copies', 2_000],
  ];

  test.each(['-O0', '-O2', '-Os'])('with %s computes the same', (optimization) => {
    expectSame(compileC(sourceOf('kernels.c'), optimization), CALLS);
  });

  test.each(['-O0', '-O2'])('with %s pays for what an interpreter counts', (optimization) => {
    const bytes = compileC(sourceOf('kernels.c'), optimization);
    expectCounts(bytes, [
      ['fibonacci', 8],
      ['sieve', 200],
      ['shell_sort', 40],
      ['through_table', 50],
      ['machine', 90],
    ]);
  });
});

describeWith(needsRust())('a module of Rust', () => {
  const CALLS: readonly Call[] = [
    ['fibonacci', 15],
    ['words', 200],
    ['sorted', 3_000],
    ['bodies', 200],
  ];

  test.each(['0', '3', 's'])('with level %s computes the same', (optimization) => {
    expectSame(compileRust(sourceOf('kernels.rs'), optimization), CALLS);
  });

  test('pays for what an interpreter counts', () => {
    expectCounts(compileRust(sourceOf('kernels.rs'), '3'), [
      ['fibonacci', 8],
      ['words', 5],
      ['sorted', 30],
      ['bodies', 3],
    ]);
  });

  test('traps as it did', () => {
    const bytes = compileRust(sourceOf('kernels.rs'), '3');
    const outcome = new MeteredModule(bytes).call('beyond', [5]);
    expect(outcome).toMatchObject({ error: plainOutcome(instantiate(bytes), 'beyond', [5]).error, isExhausted: false });
  });
});
