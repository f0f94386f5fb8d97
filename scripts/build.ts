/**
 * Builds `dist`, which is what a user installs: declarations by the compiler, of which what nobody can import is taken
 * out, and code by the bundler. A scheduler starts a supervisor thread, pool threads and processes, each of which would
 * read some hundred small files; bundled, each reads about ten.
 *
 * What every thread begins with keeps its path, and what several share goes into `dist/chunks`. Dependencies stay
 * outside, because they are the user's to deduplicate, but for two that are bundled: nobody else meets them.
 *
 * The code is made small, and stays fit to be read in a stack: classes and methods keep their names, lines are short, and
 * with `node --enable-source-maps` the maps lead to the lines of `src`. They do not contain the sources.
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { breakLines } from './break-lines.ts';
import { buildPage, licensesOf } from './build-page.ts';
import { definitionsOnly } from './definitions-only.ts';
import { pruneDeclarations } from './prune-declarations.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src');
/** Tests build into a folder of their own, so that they disturb nobody who uses `dist`. */
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'));
/** What `package.json` exports. */
const EXPORTED = ['index', 'plugin', 'console/index', 'opentelemetry/index', 'testing/index'];
/** What it exports and starts, and what threads and processes begin with. */
const ENTRIES = [...EXPORTED, 'cli/main', ...named('**/*-entry.ts')];
/** Piscina requires it, so it stays CommonJS. */
const COMMON_JS_ENTRIES = named('**/*-entry.cts');
/** Development dependencies that become part of the code. What they weigh in full, nobody has to install. */
const BUNDLED = ['leven', 'xstate'];
const IS_OUTSIDE = new RegExp(`^(?!(?:${BUNDLED.join('|')})$)[^./]`);
/** Classes keep their names: stacks show them with those of methods, and the `name` of our errors is that of their class. */
const NAMES = { function: false, class: true };
/** Nobody reads longer ones, and Node prints a whole line with an error that is not caught. */
const LINE_LIMIT = 160;

const keepImports: Plugin = {
  name: 'keep-imports',
  resolveId: (id, importer) =>
    importer === undefined ? null : { id: id.replace(/\.ts$/, '.js'), external: true as const },
};

rmSync(DIST, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', DIST],
  {
    cwd: ROOT,
    stdio: 'inherit',
  },
);
pruneDeclarations(DIST, EXPORTED);
await bundle();
for (const entry of COMMON_JS_ENTRIES) await convert(entry);
await buildPage(join(DIST, 'console/page'));
keepCompressed(join(DIST, 'console/page'));

function named(pattern: string): string[] {
  return globSync(pattern, { cwd: SOURCE }).map((path) => path.replace(/\.c?ts$/, '').replaceAll(sep, '/'));
}

async function bundle(): Promise<void> {
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(SOURCE, `${entry}.ts`)])),
    external: IS_OUTSIDE,
    platform: 'node',
    plugins: [definitionsOnly],
  });
  const { output } = await build.generate({
    dir: DIST,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    sourcemap: 'hidden',
    comments: false,
    minify: { compress: { keepNames: NAMES }, mangle: { keepNames: NAMES }, codegen: { removeWhitespace: true } },
  });
  for (const file of output) {
    if (file.type !== 'chunk') continue;
    mustBeOneFolderDown(file);
    writeChunk(file);
  }
  writeFileSync(join(DIST, 'licenses.txt'), licensesOf(BUNDLED, 'The code of Escapement contains these packages.'));
}

/** In short lines, with its map beside it. What only passes on exports has none. */
function writeChunk({ fileName, code, map }: OutputChunk): void {
  const path = join(DIST, fileName);
  const broken = breakLines({ code: code.trimEnd(), mappings: map?.mappings ?? '' }, LINE_LIMIT);
  mkdirSync(dirname(path), { recursive: true });
  const { version, names = [], sources = [] } = map ?? {};
  const comment = map === null ? '' : `//# sourceMappingURL=${basename(fileName)}.map\n`;
  writeFileSync(path, `${broken.code}\n${comment}`);
  if (map !== null)
    writeFileSync(`${path}.map`, JSON.stringify({ version, sources, names, mappings: broken.mappings }));
}

/** The console sends the page's files compressed, and can make every other form of that. */
function keepCompressed(folder: string): void {
  const files = globSync('*', { cwd: folder });
  for (const file of files) {
    const isPage = file.startsWith('index.html');
    if (isPage ? file !== 'index.html' : file.endsWith('.gz') || files.includes(`${file}.br`))
      rmSync(join(folder, file));
  }
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
  await build.write({ dir: join(DIST, dirname(entry)), format: 'cjs', entryFileNames: '[name].cjs' });
}
