/** Programs that use the package as it is published: from CommonJS, from bundles, and under test runners. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import webpack from 'webpack';
import { BuiltPackage } from '../support/embedding/built-package.ts';
import { EmbeddedHost } from '../support/embedding/embedded-host.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples/embedding');
const MODULES = join(ROOT, 'node_modules');
const VITE_BUILD = [join(MODULES, 'vite/bin/vite.js'), 'build'];
const LIMIT_MS = 120_000;
const SUCCEEDED = { key: 'beats/beat', outcome: 'succeeded' };
const CLEAN = { code: 0, signal: null, stderr: '' };
const BUNDLED = 'so mark "escapement" and "escapement/*" as external (see docs/bundling.md)';

let built: BuiltPackage;

beforeAll(async () => {
  built = await BuiltPackage.build();
}, LIMIT_MS);

afterAll(() => built.remove());

async function started(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<EmbeddedHost> {
  const host = await EmbeddedHost.start({ args, cwd, env: { ...env, TMPDIR: built.folder } });
  onTestFinished(async () => {
    await host.end('SIGKILL');
  });
  return host;
}

function node(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const options = { cwd, env: { ...process.env, TMPDIR: built.folder, ...env }, timeout: LIMIT_MS };
  return promisify(execFile)(process.execPath, args, options);
}

async function webpacked(config: webpack.Configuration): Promise<void> {
  const compiler = webpack(config);
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  expect(stats?.toJson({ all: false, errors: true }).errors).toEqual([]);
}

test(
  'a CommonJS program runs on time while it is blocked',
  async () => {
    const folder = await built.copy('examples/embedding/commonjs', 'commonjs');
    const host = await started(['main.cjs'], folder, { STORE: join(folder, 'jobs.db') });
    expect(await host.runWhileBlocked('/runs')).toMatchObject(SUCCEEDED);
    expect(await host.end()).toEqual(CLEAN);
  },
  LIMIT_MS,
);

// Without WebAssembly Node takes no types away, so this needs the package as it is published.
test(
  'a host without a compiler (--jitless) starts and ends',
  async () => {
    const folder = await built.copy('examples/embedding/commonjs', 'jitless');
    const host = await started(['--jitless', '--disable-warning=ExperimentalWarning', 'main.cjs'], folder);
    expect(await host.end()).toMatchObject({ code: 0, signal: null });
  },
  LIMIT_MS,
);

describe('the code', () => {
  // It throws in a class of a chunk.
  const program = `import { createScheduler } from 'escapement';\ncreateScheduler({ plugin: [] });\n`;

  test('shows classes in a stack, and prints no long line with an error that nobody caught', async () => {
    await writeFile(join(built.folder, 'throws.mjs'), program);
    const { stderr } = await node(['throws.mjs'], built.folder).catch((error: { readonly stderr: string }) => error);
    expect(stderr).toMatch(/^ +at new Scheduler \(.*\/dist\/chunks\/.*\.js:\d+:\d+\)$/m);
    expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThan(250);
  });

  test('has maps that lead to the lines of the sources', async () => {
    await writeFile(join(built.folder, 'throws.mjs'), program);
    const failed = node(['--enable-source-maps', 'throws.mjs'], built.folder);
    const { stderr } = await failed.catch((error: { readonly stderr: string }) => error);
    const [, path = '', line] = /^ +at new Scheduler \(.*\/(src\/[\w/-]+\.ts):(\d+):\d+\)$/m.exec(stderr) ?? [];
    const source = await readFile(join(ROOT, path), 'utf8');
    expect(source.split('\n')[Number(line) - 1]).toContain('checkOptions(options)');
  });

  test('has lines of 160 characters, but for a literal that is longer', async () => {
    const dist = join(built.folder, 'node_modules/escapement/dist');
    const long = globSync('**/*.js', { cwd: dist }).flatMap((path) =>
      readFileSync(join(dist, path), 'utf8')
        .split('\n')
        .filter((line) => line.length > 160),
    );
    expect(Math.max(0, ...long.map((line) => line.length))).toBeLessThan(400);
    expect(long.length).toBeLessThan(50);
  });
});

describe('the program that is bundled by', () => {
  const bundlers: Record<string, (folder: string) => Promise<string>> = {
    esbuild: async (folder) => {
      await node(['esbuild.mjs'], folder);
      return 'dist/main.js';
    },
    rollup: async (folder) => {
      await node([join(MODULES, 'rollup/dist/bin/rollup'), '--config'], folder);
      return 'dist/main.js';
    },
    vite: async (folder) => {
      await node(VITE_BUILD, folder);
      return 'dist/main.js';
    },
    webpack: async (folder) => {
      await webpacked((await import(join(folder, 'webpack.config.mjs'))).default);
      return 'dist/main.mjs';
    },
  };

  test.each(Object.entries(bundlers))(
    '%s finds its plugin and its threads',
    async (name, bundle) => {
      const folder = await built.copy('examples/embedding/bundling', name);
      const program = await bundle(folder);
      const host = await started([program], folder);
      expect(await host.runWhileBlocked('/runs')).toMatchObject(SUCCEEDED);
      expect(await host.end()).toEqual(CLEAN);
    },
    LIMIT_MS,
  );
});

test(
  'tsx runs the program as it is',
  async () => {
    const folder = await built.copy('examples/embedding/bundling', 'by-tsx');
    const host = await started(['--import', 'tsx', 'src/main.ts'], folder);
    expect(await host.runWhileBlocked('/runs')).toMatchObject(SUCCEEDED);
    expect(await host.end()).toMatchObject({ code: 0, signal: null });
  },
  LIMIT_MS,
);

describe('a bundle that the package was put into is refused in a sentence:', () => {
  // In a process, because esbuild leaves one behind.
  const esbuild = (entry: string, format: string, folder: string) =>
    promisify(execFile)(
      join(MODULES, 'esbuild/bin/esbuild'),
      [entry, '--bundle', '--platform=node', '--log-level=error', `--format=${format}`, '--outfile=dist/main.js'],
      { cwd: folder },
    );
  const bundlers: Record<string, (folder: string) => Promise<unknown>> = {
    'esbuild to ES modules': (folder) => esbuild('src/main.ts', 'esm', folder),
    'esbuild to CommonJS': async (folder) => {
      await writeFile(join(folder, 'package.json'), '{}');
      await cp(join(EXAMPLES, 'commonjs/main.cjs'), join(folder, 'main.cjs'));
      return esbuild('main.cjs', 'cjs', folder);
    },
    'vite with noExternal': async (folder) => {
      const config = { ssr: { noExternal: true }, build: { ssr: 'src/main.ts', outDir: 'dist' } };
      await writeFile(join(folder, 'vite.config.mjs'), `export default ${JSON.stringify(config)};`);
      return node(VITE_BUILD, folder);
    },
    // It would find the threads of the package where the package was at the build, and nowhere else.
    webpack: async (folder) => {
      const { default: config } = await import(join(folder, 'webpack.config.mjs'));
      const { externals: _, ...rest } = config;
      const output = { path: join(folder, 'dist'), filename: 'main.js', module: true };
      await webpacked({ ...rest, mode: 'development', devtool: false, entry: './src/main.ts', output });
    },
  };

  test.each(Object.entries(bundlers))(
    '%s',
    async (name, buildIt) => {
      const folder = await built.copy('examples/embedding/bundling', `in-${name.replaceAll(' ', '-')}`);
      await buildIt(folder);
      const refused = node(['dist/main.js'], folder);
      await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(BUNDLED) });
    },
    LIMIT_MS,
  );
});

describe('a plugin is tested in virtual time under', () => {
  /** Writes the example of the page that begins with this comment, and says where. */
  async function written(name: string, manifest: object): Promise<string> {
    const page = await readFile(join(ROOT, 'docs/testing.md'), 'utf8');
    const [, code] = new RegExp(`^[\`]{3}\\w+\\n(// ${name}\\n[^]*?)^[\`]{3}`, 'm').exec(page) ?? [];
    if (code === undefined) throw new Error(`docs/testing.md has no example called ${name}.`);
    const folder = join(built.folder, `tests-${name}`);
    await mkdir(folder);
    await writeFile(join(folder, name), code);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'tested', private: true, ...manifest }));
    return folder;
  }

  test(
    'node:test',
    async () => {
      const folder = await written('invoices.test.ts', { type: 'module' });
      const { stdout } = await node(['--test', '--test-reporter=tap', 'invoices.test.ts'], folder);
      expect(stdout).toContain('# pass 1\n# fail 0\n');
    },
    LIMIT_MS,
  );

  test(
    'vitest',
    async () => {
      const folder = await written('invoices.spec.ts', { type: 'module' });
      const args = [join(MODULES, 'vitest/vitest.mjs'), 'run', '--root', folder];
      const { stdout } = await node(args, folder, { NO_COLOR: '1' });
      expect(stdout).toMatch(/Tests +1 passed/);
    },
    LIMIT_MS,
  );

  test(
    'Jest in its CommonJS mode',
    async () => {
      const folder = await written('invoices.test.js', {});
      const NODE_OPTIONS = '--experimental-vm-modules';
      const args = [join(MODULES, 'jest/bin/jest.js'), '--rootDir', folder, '--json', '--watchman=false'];
      const { stdout } = await node(args, folder, { NODE_OPTIONS });
      expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 1, numFailedTests: 0 });
    },
    LIMIT_MS,
  );
});
