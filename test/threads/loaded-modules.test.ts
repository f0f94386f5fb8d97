import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const HOOK = new URL('../fixtures/programs/log-modules.ts', import.meta.url);
const PROGRAM = fileURLToPath(new URL('../fixtures/programs/first-run.ts', import.meta.url));
const SRC = new URL('../../src/', import.meta.url).href;

interface Loaded {
  /** Paths of our files, relative to `src`. */
  readonly ours: readonly string[];
  /** The packages that were loaded, in the order of the alphabet. */
  readonly packages: readonly string[];
  /** Whether Node had loaded the library of `fetch` when the last of them came. */
  readonly hasFetch: boolean;
}

interface Line {
  readonly threadId: number;
  readonly url: string;
  readonly hasFetch: boolean;
}

/** What each thread of the program loads. The host is the first. */
async function loadedBy(...argv: string[]): Promise<Loaded[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', HOOK.href, PROGRAM, ...argv]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return [...Map.groupBy(lines, ({ threadId }) => threadId).values()].map((group) => ({
    ours: group.filter(({ url }) => url.startsWith(SRC)).map(({ url }) => url.slice(SRC.length)),
    hasFetch: group.some(({ hasFetch }) => hasFetch),
    packages: [...new Set(group.flatMap(({ url }) => packageOf(url) ?? []))].sort(),
  }));
}

function packageOf(url: string): string | undefined {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
}

function ofThread(threads: readonly Loaded[], entry: string): Loaded {
  return threads.find(({ ours }) => ours.includes(entry)) as Loaded;
}

describe('what is loaded', { timeout: 40_000 }, () => {
  test('to import the package takes no scheduler and no package but one of a single file', async () => {
    const [host] = (await loadedBy()) as [Loaded];

    expect(host.packages).toEqual(['leven']);
    expect(host.ours).not.toContain('host/scheduler.ts');
    // About twenty of them are the grammar of expressions, which nextOccurrences() needs: small, and without a package.
    expect(host.ours.length).toBeLessThanOrEqual(48);
  });

  test('an interval in UTC needs no calendar, and a pool thread needs nothing of the host', async () => {
    const plugin = new URL('../fixtures/plugins/seldom.ts', import.meta.url).href;
    const threads = await loadedBy(plugin);
    const [host] = threads as [Loaded];
    const supervisor = ofThread(threads, 'supervisor/supervisor-entry.ts');
    const pool = ofThread(threads, 'workers/run-entry.ts');

    expect(threads).toHaveLength(3);
    expect(host.packages).toEqual(['leven', 'valibot']);
    expect(supervisor.packages).not.toContain('cron-parser');
    expect(supervisor.packages).not.toContain('temporal-polyfill');
    expect(supervisor.ours).not.toContain('supervisor/running/pool/processes/process-pool.ts');
    expect(supervisor.ours.filter((path) => /^backends\/(?!memory|options|exchange)/.test(path))).toEqual([]);
    expect(pool.packages.filter((name) => !name.startsWith('@napi-rs/'))).toEqual(['piscina']);
    expect(pool.ours.filter((path) => !/^(?:workers|wire|machines|errors\.ts)/.test(path))).toEqual([]);
    expect(pool.ours.length).toBeLessThanOrEqual(47);
    expect([host, supervisor, pool].map(({ hasFetch }) => hasFetch)).toEqual([false, false, false]);
  });

  test('a plugin that imports escapement/plugin brings one file into its pool thread, and no package', async () => {
    const [bare, typed] = await Promise.all(
      ['seldom', 'seldom-by-subpath'].map(async (name) => {
        const plugin = new URL(`../fixtures/plugins/${name}.ts`, import.meta.url).href;
        return ofThread(await loadedBy(plugin), 'workers/run-entry.ts');
      }),
    );

    expect(typed?.ours.filter((path) => !bare?.ours.includes(path))).toEqual(['plugin.ts']);
    expect(typed?.packages).toEqual(bare?.packages);
  });

  test('a plugin that imports the package brings no scheduler into its pool thread', async () => {
    const plugin = new URL('../fixtures/plugins/seldom-by-package.ts', import.meta.url).href;
    const pool = ofThread(await loadedBy(plugin), 'workers/run-entry.ts');

    expect(pool.packages.filter((name) => !name.startsWith('@napi-rs/'))).toEqual(['leven', 'piscina']);
    expect(pool.ours).not.toContain('host/scheduler.ts');
    expect(pool.ours.length).toBeLessThanOrEqual(88);
  });
});
