/** What must hold for the code on every page; the pages by task are executed too, in guides.test.ts. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Fence, fencesOf, isCode } from '../support/documents/fences.ts';
import { importsOf, unreadable } from '../support/documents/parsed.ts';
import { writeProject } from '../support/documents/typed-pages.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).toSorted()];
const TYPES_LIMIT_MS = 120_000;

const codeOf = (page: string) => fencesOf(readFileSync(join(ROOT, page), 'utf8')).filter(isCode);
const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { default: string }>;
};

/** The module of this repository that a specifier such as `escapement/testing` stands for. */
async function moduleOf(specifier: string): Promise<object | null> {
  const target = exports[specifier.replace(/^escapement/, '.')];
  if (target === undefined) return null;
  const built = typeof target === 'string' ? target : target.default;
  return import(join(ROOT, built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')));
}

async function wrongImports(page: string, fence: Fence): Promise<string[]> {
  const ours = importsOf(fence).filter(({ specifier }) => /^escapement(\/|$)/.test(specifier));
  const wrong = ours.map(async ({ specifier, name }) => {
    const module = await moduleOf(specifier);
    if (module !== null && name in module) return [];
    return [`${page}:${fence.line} ${specifier} has no ${name}`];
  });
  return (await Promise.all(wrong)).flat();
}

describe('the code on the pages', () => {
  test.each(PAGES)('all of %s can be read', (page) => {
    const faults = codeOf(page).map((fence) => ({ at: `${page}:${fence.line}`, fault: unreadable(fence) }));
    expect(faults.filter(({ fault }) => fault !== null)).toEqual([]);
  });

  test('imports what the package has', async () => {
    const wrong = PAGES.flatMap((page) => codeOf(page).map((fence) => wrongImports(page, fence)));
    expect((await Promise.all(wrong)).flat()).toEqual([]);
  });

  test('agrees with the types of the package', { timeout: TYPES_LIMIT_MS }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snippets-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeProject(
      folder,
      PAGES.map((path) => ({ path, fences: codeOf(path) })),
    );
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch((error) => error);
    expect(stdout, 'names of the reader belong into test/support/documents/typed-pages.ts').toBe('');
  });
});

describe('the reading of snippets', () => {
  const page = [
    '<!-- prints /\\d+ ms/s, exits 1 -->',
    '```',
    'node main.ts',
    '```',
    '<!-- a remark -->',
    '',
    '```ts',
    '// plugins/a.ts',
    "import { definePlugin, nothing } from 'escapement';",
    '```',
    '<!-- not run: a reason -->',
    '```ts',
    'const = 1;',
    '```',
  ].join('\n');
  const [commands, file, wrong] = fencesOf(page) as [Fence, Fence, Fence];

  test('finds files, and what is to be checked', () => {
    expect(commands).toMatchObject({ line: 2, file: null, check: { kind: 'prints', pattern: /\d+ ms/s, exitCode: 1 } });
    expect(file).toMatchObject({ line: 7, file: 'plugins/a.ts', check: null });
    expect(wrong.check).toEqual({ kind: 'not run', reason: 'a reason' });
  });

  test('finds what cannot be read, and what is not exported', async () => {
    expect(unreadable(wrong)).toEqual(expect.any(String));
    expect(unreadable(file)).toBeNull();
    expect(await wrongImports('a.md', file)).toEqual(['a.md:7 escapement has no nothing']);
  });
});
