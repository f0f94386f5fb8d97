import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOME } from '../../docs/.vitepress/pages.ts';
import { planFor } from '../../src/cli/init/plan.ts';
import { lookAt } from '../../src/cli/init/project.ts';
import { anchors, codeSnippets, headings, localLinks } from '../support/markdown.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'RELEASING.md',
  'SECURITY.md',
  ...globSync('{docs,examples}/**/*.md', { cwd: root }),
].filter((path) => existsSync(join(root, path)));

/** Why a link leads nowhere, or `null`. */
function brokenLink(page: string, target: string): string | null {
  const [path = '', fragment] = decodeURI(target).split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return 'no such file';
  if (!fragment || statSync(join(root, file)).isDirectory() || !file.endsWith('.md')) return null;
  return anchors(read(file)).has(fragment) ? null : 'no such heading';
}

function scriptsIn(manifest: string): Readonly<Record<string, string>> {
  return (JSON.parse(manifest) as { readonly scripts: Record<string, string> }).scripts;
}

/** What an empty folder gets. */
function scriptsOfInit(): Readonly<Record<string, string>> {
  const { steps } = planFor(lookAt(join(root, 'no-such-folder')));
  return steps.reduce(
    (scripts, step) => (step.kind === 'write' && step.path === 'package.json' ? scriptsIn(step.text) : scripts),
    {},
  );
}

function errorCodesIn(text: string): string[] {
  return [...new Set(text.match(/\bERR_ESCAPEMENT_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [])].toSorted();
}

describe('the documents', () => {
  test('there is a README', () => {
    expect(pages).toContain('README.md');
  });

  test.each(pages)('every link of %s leads somewhere', (page) => {
    const broken = localLinks(read(page)).flatMap(({ target, line }) => {
      const reason = brokenLink(page, target);
      return reason === null ? [] : [`${page}:${line} ${target}: ${reason}`];
    });
    expect(broken).toEqual([]);
  });

  test('links of the README are absolute, because npm shows it without the repository', () => {
    const readme = read('README.md');
    expect(localLinks(readme).filter(({ target }) => !target.startsWith('#'))).toEqual([]);
    const places = [`${HOME}/blob/main/`, `${HOME.replace('github.com', 'raw.githubusercontent.com')}/main/`];
    const ours = [...readme.matchAll(/https:\/\/[^\s)]+/g)].flatMap(([url]) => {
      const place = places.find((one) => url.startsWith(one));
      return place === undefined ? [] : [url.slice(place.length)];
    });
    expect(ours.length).toBeGreaterThan(10);
    expect(ours.filter((target) => brokenLink('README.md', target) !== null)).toEqual([]);
  });

  test.each(pages)('every name of a link in %s is defined', (page) => {
    const text = read(page)
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/`[^`\n]*`/g, '');
    const defined = new Set([...text.matchAll(/^\[([^\]]+)\]: /gm)].map(([, name]) => name));
    const named = [...text.matchAll(/\]\[([^\]]+)\]/g)].map(([, name]) => name);
    expect(named.filter((name) => !defined.has(name))).toEqual([]);
  });

  test('docs/errors.md has a heading for every error code of the sources, and no other', () => {
    const thrown = errorCodesIn(globSync('src/**/*.ts', { cwd: root }).map(read).join('\n'));
    const explained = errorCodesIn(headings(read('docs/errors.md')).join('\n'));
    expect(explained).toEqual(thrown);
  });

  test.each(pages)('every npm script that %s names exists, here or where escapement init was', (page) => {
    const scripts = { ...scriptsIn(read('package.json')), ...scriptsOfInit() };
    const named = codeSnippets(read(page)).flatMap((code) => [...code.matchAll(/\bnpm run ([\w:-]+)/g)]);
    expect(named.map(([, name]) => name).filter((name) => name === undefined || !(name in scripts))).toEqual([]);
  });

  test('every command of escapement that they name exists', () => {
    const { stdout } = spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), '--help'], { encoding: 'utf8' });
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(commands).toContain('help');
    const named = pages.flatMap((page) =>
      codeSnippets(read(page)).flatMap((code) => {
        const command = /^\s*(?:\$ )?(?:npx )?escapement ([a-z]+)\b/.exec(code)?.[1];
        return command === undefined || commands.includes(command) ? [] : [`${page}: escapement ${command}`];
      }),
    );
    expect(named).toEqual([]);
  });
});

describe('the reading of documents', () => {
  const page = [
    '# One `two`, three!',
    '```',
    '# no heading [no](link.md)',
    '```',
    '[a](./a.md#one) ![b](b.png "B") <a href="c.md">',
    '`[d](d.md)` [e](https://e.org) [f](mailto:f)',
    '## One `two`, three!',
  ].join('\n');

  test('finds headings and their anchors outside of code', () => {
    expect([...anchors(page)]).toEqual(['one-two-three', 'one-two-three-1']);
  });

  test('finds local links outside of code, with their lines', () => {
    expect(localLinks(page)).toEqual([
      { target: './a.md#one', line: 5 },
      { target: 'b.png', line: 5 },
      { target: 'c.md', line: 5 },
    ]);
  });

  test('says why a link leads nowhere', () => {
    expect(brokenLink('CONTRIBUTING.md', 'no-such.md')).toBe('no such file');
    expect(brokenLink('CONTRIBUTING.md', '#no-such')).toBe('no such heading');
    expect(brokenLink('CONTRIBUTING.md', 'LICENSE')).toBeNull();
  });
});
