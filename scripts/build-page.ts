/**
 * Builds the console's page: one HTML file, one script and one style sheet whose names carry a hash of their content,
 * each with its compressed forms beside it, so that the console only has to send files. Run by itself, it builds into
 * `dist/console/page`, or into the folder that is given.
 */
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src/console/page');
/** What the script contains of others, whose licences want to be told. */
const BUNDLED = ['preact', 'uplot', 'cronstrue'];

/** Sizes are in bytes. */
export interface BuiltFile {
  readonly name: string;
  readonly size: number;
  readonly gzipSize: number;
  readonly brotliSize: number;
}

if (import.meta.main) {
  for (const { name, size, brotliSize } of await buildPage(process.argv[2] ?? join(ROOT, 'dist/console/page')))
    process.stdout.write(`${name}: ${size} bytes, ${brotliSize} compressed\n`);
}

/** Empties the folder and builds the page into it. */
export async function buildPage(folder: string): Promise<readonly BuiltFile[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const script = hashed('page', 'js', await bundledScript());
  const styles = hashed('page', 'css', bundledStyles());
  const html = readFileSync(join(SOURCE, 'index.html'), 'utf8')
    .replace('./page.js', `./${script.name}`)
    .replace('./page.css', `./${styles.name}`)
    .replace(/>\s+</g, '><');
  writeFileSync(join(folder, 'licenses.txt'), licensesOf(BUNDLED, 'The script of this page contains these packages.'));
  return [{ name: 'index.html', content: html }, script, styles].map((file) => write(folder, file));
}

interface Content {
  readonly name: string;
  readonly content: string;
}

async function bundledScript(): Promise<string> {
  const build = await rolldown({
    input: join(SOURCE, 'main.tsx'),
    platform: 'browser',
    tsconfig: false,
    transform: { target: 'es2022', jsx: { runtime: 'automatic', importSource: 'preact' } },
  });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  const [chunk, ...others] = output;
  if (others.length > 0)
    throw new Error(`The page is one script, but ${others.map((file) => file.fileName)} came out.`);
  return chunk.code;
}

/** In the order of their names: what comes later may override what came before. */
function bundledStyles(): string {
  const sheets = globSync('styles/*.css', { cwd: SOURCE }).toSorted();
  const own = sheets.map((sheet) => readFileSync(join(SOURCE, sheet), 'utf8'));
  const text = [readFileSync(join(ROOT, 'node_modules/uplot/dist/uPlot.min.css'), 'utf8'), ...own].join('\n');
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};]) ?/g, '$1')
    .trim();
}

/** The licences of packages that are bundled, below a sentence that says where they are. Equal terms stand there once. */
export function licensesOf(packages: readonly string[], sentence: string): string {
  const byTerms = Map.groupBy(packages.map(licenseOf), ({ terms }) => terms.replace(/\s+/g, ' '));
  const texts = [...byTerms.values()].map((all) => {
    const heads = all.map(({ name, head }) => `${name}\n\n${head}\n\n`);
    return `${heads.join('')}${all[0]?.terms}\n`;
  });
  return `${sentence}\n\n${texts.join('\n---\n\n')}`;
}

/** The head is the title and who has the copyright, and may be all. */
function licenseOf(name: string) {
  const folder = join(ROOT, 'node_modules', name);
  const [file] = globSync('{LICENSE,license}*', { cwd: folder });
  if (file === undefined) throw new Error(`${name} has no licence file, which has to be carried along.`);
  const paragraphs = readFileSync(join(folder, file), 'utf8')
    .trim()
    .split(/\n\s*\n/);
  const end = paragraphs.findLastIndex((paragraph) => /^Copyright \(c\)/i.test(paragraph)) + 1;
  return { name, head: paragraphs.slice(0, end).join('\n\n'), terms: paragraphs.slice(end).join('\n\n') };
}

function hashed(name: string, extension: string, content: string): Content {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  return { name: `${name}-${hash}.${extension}`, content };
}

function write(folder: string, { name, content }: Content): BuiltFile {
  const bytes = Buffer.from(content);
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, `${name}.gz`), gzip);
  writeFileSync(join(folder, `${name}.br`), brotli);
  return { name, size: bytes.length, gzipSize: gzip.length, brotliSize: brotli.length };
}
