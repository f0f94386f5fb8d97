import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PluginLoadError } from '../../../../src/errors.ts';
import { PoolHarness, source } from '../../../support/pool-harness.ts';

describe('loading a plugin', () => {
  test('resolves to what it declares, of a factory for its installation', async () => {
    await using harness = new PoolHarness();

    const declared = await harness.pool.load({ ...source('factory.ts', { a: 1 }), tenantId: 'acme' }, 5_000);

    const schedules = [{ id: 'only', cron: '1s', config: { a: 1 } }];
    expect(declared).toEqual({ name: 'factory-acme', priority: 5, schedules, fingerprint: expect.any(Number) });
  });

  test('takes CommonJS', async () => {
    await using harness = new PoolHarness();

    expect(await harness.pool.load(source('common.cjs'), 5_000)).toMatchObject({ name: 'common' });
  });

  test('finds a package that only an import can see', async () => {
    await using harness = new PoolHarness();
    using folder = new PackageFolder({ exports: { import: './index.mjs' } });

    const declared = await harness.pool.load({ ...source('only-esm'), resolveFrom: folder.url }, 5_000);

    expect(declared).toMatchObject({ name: 'only-esm' });
  });

  test('loads many afresh in as many new workers as the pool has, and keeps their order', async () => {
    await using harness = new PoolHarness({ maxThreads: 2 });
    const sources = Array.from({ length: 12 }, (_, index) => ({ ...source('tells-worker.ts'), id: `${index}` }));
    const present = await harness.pool.load(source('tells-worker.ts'), 5_000);

    const refused = { ...source('missing.mjs'), id: 'refused' };
    const loads = harness.pool.loadAfresh([...sources.slice(0, 6), refused, ...sources.slice(6)], 5_000);
    const results = await Promise.allSettled(loads);

    const isRefused = results.map(({ status }) => status === 'rejected');
    expect(isRefused).toEqual(Array.from({ length: 13 }, (_, index) => index === 6));
    const loaded = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    const workers = new Set(loaded.map(({ schedules }) => JSON.stringify(schedules)));
    expect(workers.size).toBeLessThanOrEqual(2);
    expect(workers).not.toContain(JSON.stringify(present.schedules));
  });

  const refusals: readonly [fixture: string, reason: RegExp, cause: string | undefined][] = [
    [
      'import-throws.mjs',
      /^importing it failed: RangeError: thrown while it is imported \(at .*import-throws\.mjs:1:\d+\)$/,
      'RangeError',
    ],
    [
      'syntax-error.mjs',
      /^it has a syntax error: Unexpected end of input\n +.*syntax-error\.mjs:\d+:\d+\n/,
      'SyntaxError',
    ],
    ['missing.mjs', /^there is no file .*missing\.mjs/, 'Error'],
    ['no-such-package', /^there is no package "no-such-package" in /, 'Error'],
    [
      'no-default.mjs',
      /^it has no default export \(it exports plugin\): the default export of a plugin module must be a plugin/,
      undefined,
    ],
    [
      'long-names.mjs',
      /^its default export is an object without schedules\(\) and run\(\) \(it has k{127}…\)/,
      undefined,
    ],
    ['long-reason.mjs', /^x{8192}… \(91808 more characters\)$/, undefined],
    ['exit-at-import.mjs', /ended its (thread|process) \(exit code 0\)/, undefined],
  ];

  test.each(refusals)('refuses %s with one clear error, and loads the next plugin', async (fixture, reason, cause) => {
    await using harness = new PoolHarness();

    const error = await harness.pool
      .load(source(fixture), 5_000)
      .catch((refused: unknown) => refused as PluginLoadError);

    if (!(error instanceof PluginLoadError)) throw new Error('it was not refused');
    expect(error).toMatchObject({ code: 'ERR_ESCAPEMENT_PLUGIN_LOAD', module: source(fixture).module });
    expect(error.reason).toMatch(reason);
    expect((error.cause as Error | undefined)?.name).toBe(cause);
    expect(await harness.pool.load(source('common.cjs'), 5_000)).toMatchObject({ name: 'common' });
  });

  test.each([
    ['lacks-run.mjs', { name: 'lacks-run', flaws: ['run() is missing'] }],
    [
      'undeclarable.mjs',
      { unsendable: [{ index: 0, field: 'run', found: '[Function]', problem: 'it is a function' }] },
    ],
  ])('says what is wrong with %s beside what it declares', async (fixture, said) => {
    await using harness = new PoolHarness();

    expect(await harness.pool.load(source(fixture), 5_000)).toMatchObject(said);
  });

  test.each(['schedules', 'cron', 'trap'])('refuses a plugin that throws where it is read: %s', async (field) => {
    await using harness = new PoolHarness();

    const error = await harness.pool.load(source('unreadable.mjs', field), 5_000).catch((refused: unknown) => refused);

    expect(error).toMatchObject({
      name: 'PluginLoadError',
      reason: expect.stringMatching(
        /^what it declares cannot be read: RangeError: no .* today \(at .*unreadable\.mjs:/,
      ),
      cause: { name: 'RangeError' },
    });
  });

  test('gives up a module that hangs while it is imported', async () => {
    await using harness = new PoolHarness();

    const error = await harness.pool.load(source('import-hangs.mjs'), 100).catch((refused: unknown) => refused);

    expect(error).toMatchObject({ reason: 'it did not load and declare its schedules within 100 ms' });
    expect(await harness.pool.load(source('common.cjs'), 5_000)).toMatchObject({ name: 'common' });
  });

  test('is refused when the pool closes', async () => {
    const harness = new PoolHarness();
    const refused = expect(harness.pool.load(source('import-hangs.mjs'), 60_000)).rejects.toThrow('the pool is closed');

    await harness.pool.close();

    await refused;
    await expect(harness.pool.load(source('common.cjs'), 100)).rejects.toThrow(PluginLoadError);
  });
});

/** A folder with the package `only-esm` under node_modules. */
class PackageFolder implements Disposable {
  readonly #path = mkdtempSync(join(tmpdir(), 'escapement-package-'));

  constructor(manifest: object) {
    const folder = join(this.#path, 'node_modules', 'only-esm');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'only-esm', ...manifest }));
    writeFileSync(
      join(folder, 'index.mjs'),
      "export default { name: 'only-esm', schedules: () => [], run: () => {} };",
    );
  }

  get url(): string {
    return pathToFileURL(join(this.#path, 'app.mjs')).href;
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true });
  }
}
