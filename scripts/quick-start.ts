/** Takes the quick start out of the README, so that it can be run exactly as a reader would run it. */

export interface QuickStart {
  /** The file to run: the first block that is not in a folder. */
  readonly main: string;
  /** Path → content. */
  readonly files: ReadonlyMap<string, string>;
  /** A line of the program's output must match this. */
  readonly prints: RegExp;
}

const HEADING = /^(#{2,})\s+Quick start\s*$/im;
const MARKER = /<!--\s*quick-start-prints:\s*\/(.+)\/([a-z]*)\s*-->/;
const BLOCK = /^```(?:ts|typescript|js|javascript|mjs)\b[^\n]*\n([\s\S]*?)^```/gm;
/** The first line of a block names its file: `// plugins/hello.ts`. */
const FILE_NAME = /^\/\/\s*((?:[\w.-]+\/)*[\w.-]+\.[cm]?[jt]s)\s*$/;
const DEFAULT_MAIN = 'main.ts';

/** @throws Error that names the part which is missing. */
export function extractQuickStart(readme: string): QuickStart {
  const section = sectionOf(readme);
  const blocks = [...section.matchAll(BLOCK)].map(([, code = '']) => ({ name: nameOf(code), code }));
  const main = blocks.find(({ name }) => name === null || !name.includes('/'));
  if (main === undefined) throw new Error('README.md: "Quick start" has no ```ts block that is the program to run.');
  const plugins = blocks.filter(({ name }) => name !== null && name !== main.name);
  if (plugins.length === 0) {
    throw new Error(
      'README.md: "Quick start" has no plugin: a ```ts block whose first line is like // plugins/hello.ts',
    );
  }
  const marker = MARKER.exec(section);
  if (marker?.[1] === undefined) {
    throw new Error('README.md: "Quick start" does not say what it prints: <!-- quick-start-prints: /regex/ -->');
  }
  const mainName = main.name ?? DEFAULT_MAIN;
  const files = new Map([[mainName, main.code], ...plugins.map(({ name, code }) => [name ?? '', code] as const)]);
  return { main: mainName, files, prints: new RegExp(marker[1], marker[2]) };
}

function sectionOf(readme: string): string {
  const heading = HEADING.exec(readme);
  if (heading?.[1] === undefined) throw new Error('README.md has no heading "## Quick start".');
  const rest = readme.slice(heading.index + heading[0].length);
  const end = rest.search(new RegExp(`^#{1,${heading[1].length}}\\s`, 'm'));
  return end === -1 ? rest : rest.slice(0, end);
}

function nameOf(code: string): string | null {
  return FILE_NAME.exec(code.slice(0, code.indexOf('\n')))?.[1] ?? null;
}
