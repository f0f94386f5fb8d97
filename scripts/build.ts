/**
 * Builds `dist`: declarations by the compiler, code by the bundler. A scheduler starts a supervisor thread, pool threads
 * and processes, each of which would read some hundred small files; bundled, each reads about ten.
 *
 * What every thread begins with keeps its path, and what several share goes into `dist/chunks`. Dependencies stay
 * outside: they are the user's to deduplicate.
 */
import { execFileSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { buildPage } from './build-page.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src');
const DIST = join(ROOT, 'dist');
/** What `package.json` exports and starts, and what threads and processes begin with. */
const PACKAGE_ENTRIES = ['index', 'plugin', 'console/index', 'opentelemetry/index', 'testing/index', 'cli/main'];
const ENTRIES = [...PACKAGE_ENTRIES, ...named('**/*-entry.ts')];
/** Piscina requires it, so it stays CommonJS. */
const COMMON_JS_ENTRIES = named('**/*-entry.cts');

const keepImports: Plugin = {
  name: 'keep-imports',
  resolveId: (id, importer) =>
    importer === undefined ? null : { id: id.replace(/\.ts$/, '.js'), external: true as const },
};

rmSync(DIST, { recursive: true, force: true });
execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
await bundle();
for (const entry of COMMON_JS_ENTRIES) await convert(entry);
await buildPage(join(DIST, 'console/page'));

function named(pattern: string): string[] {
  return globSync(pattern, { cwd: SOURCE }).map((path) => path.replace(/\.c?ts$/, '').replaceAll(sep, '/'));
}

async function bundle(): Promise<void> {
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(SOURCE, `${entry}.ts`)])),
    external: /^[^./]/,
    platform: 'node',
  });
  const { output } = await build.write({
    dir: DIST,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
  });
  for (const file of output) if (file.type === 'chunk') mustBeOneFolderDown(file);
}

/** Sources that name a file by its way from their own are one folder below `src`, and must be so below `dist`. */
function mustBeOneFolderDown({ fileName, code }: OutputChunk): void {
  if (!/new URL\([^)]*import\.meta\.url/.test(code) || fileName.split('/').length === 2) return;
  throw new Error(`dist/${fileName} names a file by its way from import.meta.url, which is another one there.`);
}

/** Its one import is of an entry, which stands beside it under another extension. */
async function convert(entry: string): Promise<void> {
  const build = await rolldown({
    input: join(SOURCE, `${entry}.cts`),
    platform: 'node',
    plugins: [keepImports],
  });
  await build.write({ dir: join(DIST, dirname(entry)), format: 'cjs', entryFileNames: '[name].cjs', sourcemap: true });
}
