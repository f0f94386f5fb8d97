import { execFile } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

const PROGRAM = new URL('../../fixtures/programs/odd-imports.ts', import.meta.url).pathname;
/** Names that the system allows. Some of them end a path in an import, or a quotation in a message of Node. */
const NAMES = ["it's", 'a "b"', '100%', 'a#b', 'a?b', 'a%20b', 'ünï日本', 'copy (2)', "x' imported from y"];

/** What is said of modules, with each folder as `FOLDER`: by their names and those of their folders. */
async function reasonsOf(
  sources: (name: string) => Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const root = realpathSync(temporaryFolder());
  const places = NAMES.flatMap((name) => {
    const folder = join(root, name);
    mkdirSync(folder);
    return Object.entries(sources(name)).map(([file, source]) => {
      if (source !== '') writeFileSync(join(folder, file), source);
      return { label: `${file} in ${name}`, folder, url: pathToFileURL(join(folder, file)).href };
    });
  });
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...places.map(({ url }) => url)]);
  const reasons = JSON.parse(stdout) as Readonly<Record<string, string>>;
  return Object.fromEntries(
    places.map(({ label, folder, url }) => [label, reasons[url]?.replaceAll(folder, 'FOLDER') ?? '']),
  );
}

test('files and packages are named whole, whatever characters their paths have', { timeout: 60_000 }, async () => {
  const imported = (name: string): string => JSON.stringify(`./${encodeURIComponent(name)}.cjs`);
  const reasons = await reasonsOf((name) => ({
    'missing.mjs': '',
    'imports.mjs': `import ${imported(`nothing of this name ${name}`)};`,
    'requires.cjs': `require(${JSON.stringify(`./nothing of this name ${name}.cjs`)});`,
    'asks-other.cjs': `require('./requires.cjs');`,
    'package.mjs': `import "no'package";`,
    'folder.mjs': `import '.';`,
    'notes.mjs': `import './notes for you.txt';`,
    'notes for you.txt': 'notes',
    'throws.cjs': `throw new Error('no volume');`,
    'throws.mjs': `(function f() { throw new Error('no volume'); })();`,
    "it's.mjs": 'export {};',
    'names.mjs': `import { rate } from "./it's.mjs";`,
    "it's.cjs": 'module.exports = () => 1;',
    'named.mjs': `import { rate } from "./it's.cjs";`,
  }));

  for (const name of NAMES) {
    const said = (file: string): string => reasons[`${file} in ${name}`] ?? '';
    const missing = `FOLDER/nothing of this name ${name}.cjs, and there is no such file`;
    expect(said('missing.mjs')).toBe('there is no file FOLDER/missing.mjs');
    expect(said('imports.mjs')).toBe(`it imports ${missing}`);
    expect(said('requires.cjs')).toBe(`it imports ${missing}`);
    expect(said('asks-other.cjs')).toBe(`FOLDER/requires.cjs imports ${missing}`);
    expect(said('package.mjs')).toBe(`it imports "no'package", and there is no such package`);
    expect(said('folder.mjs')).toBe('it imports FOLDER/, which is a folder: name a file in it');
    expect(said('notes.mjs')).toMatch(/^it imports FOLDER\/notes for you\.txt, whose name ends in "\.txt"/);
    expect(said('throws.cjs')).toBe('importing it failed: Error: no volume (at FOLDER/throws.cjs:1:7)');
    expect(said('throws.mjs')).toBe('importing it failed: Error: no volume (at FOLDER/throws.mjs:1:23)');
    expect(said('names.mjs')).toMatch(/^"\.\/it's\.mjs" has no export named "rate"\n {4}FOLDER\/names\.mjs:1:10\n/);
    expect(said('named.mjs')).toMatch(
      /^"\.\/it's\.cjs" is CommonJS, and Node finds no export "rate" in it: .*\n {4}FOLDER/,
    );
  }
});

test('a character that ends or spoils the path of an import is named', { timeout: 60_000 }, async () => {
  const reasons = await reasonsOf((name) => ({
    'imports.mjs': `import ${JSON.stringify(`./other ${name}.mjs`)};`,
    [`other ${name}.mjs`]: 'export {};',
    'encoded.mjs': `import './a%2fb.mjs';`,
  }));

  const hint = (name: string): string =>
    `it imports FOLDER/other a, and there is no such file: for FOLDER/other ${name}.mjs write %23 in place of "#", and %3F in place of "?"`;
  expect(reasons["imports.mjs in it's"]).toBe('it was imported');
  expect(reasons['imports.mjs in a#b']).toBe(hint('a#b'));
  expect(reasons['imports.mjs in a?b']).toBe(hint('a?b'));
  expect(reasons['imports.mjs in 100%']).toBe(
    'it imports a file whose path has a "%" that begins no escape: write %25 in place of it',
  );
  expect(reasons["encoded.mjs in it's"]).toBe(
    'it imports a file whose path has a "\\" or an encoded "/", and Node imports no such file: rename it',
  );
});
