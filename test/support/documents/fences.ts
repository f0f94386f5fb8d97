/** The fenced blocks of a page, and what a comment before a block asks of the tests. */

export interface Fence {
  /** `ts`, `js`, `json`, …; empty for commands and what they print. */
  readonly language: string;
  readonly code: string;
  readonly line: number;
  /** Of code whose first line is like `// plugins/report.ts`. */
  readonly file: string | null;
  readonly check: Check | null;
}

/**
 * What stands in front of a block, as an HTML comment that no reader sees:
 *
 * - `<!-- prints /…/ -->`: run these commands; what they print must match. `exits 1` after it: they must end with that.
 * - `<!-- prints this -->`: run the lines that begin with `$ `; they must print the other lines, and nothing else.
 * - `<!-- starts /…/ -->`: start this program, wait until it prints this, and let it run until the end of the page.
 * - `<!-- not run: reason -->`: the tests read this block and do not execute it.
 */
export type Check =
  | { readonly kind: 'prints'; readonly pattern: RegExp; readonly exitCode: number }
  | { readonly kind: 'prints this' }
  | { readonly kind: 'starts'; readonly pattern: RegExp }
  | { readonly kind: 'not run'; readonly reason: string };

const FENCE = /(?:^[ \t]*<!--[ \t]*(.+?)[ \t]*-->[ \t]*\n\n?)?^```([\w-]*)[^\n]*\n([\s\S]*?)^```[ \t]*$/gm;
/** The first line of a block names its file. */
const FILE_NAME = /^\/\/\s*((?:[\w.-]+\/)*[\w.-]+\.[cm]?[jt]s)\s*$/;

export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(FENCE)].map(({ 0: whole, 1: comment, 2: language = '', 3: code = '', index }) => {
    const before = markdown.slice(0, index + whole.indexOf('```'));
    const firstLine = code.slice(0, code.indexOf('\n'));
    return {
      language,
      code,
      line: before.split('\n').length,
      file: FILE_NAME.exec(firstLine)?.[1] ?? null,
      check: comment === undefined ? null : checkOf(comment),
    };
  });
}

function checkOf(comment: string): Check | null {
  const reason = /^not run: (.+)$/.exec(comment)?.[1];
  if (reason !== undefined) return { kind: 'not run', reason };
  if (comment === 'prints this') return { kind: comment };
  const [, kind, source = '', flags, exitCode = '0'] =
    /^(prints|starts) \/(.+)\/([a-z]*)(?:,? exits (\d+))?$/.exec(comment) ?? [];
  if (kind === undefined) return null;
  const pattern = new RegExp(source, flags);
  return kind === 'starts' ? { kind, pattern } : { kind: 'prints', pattern, exitCode: Number(exitCode) };
}

export function isCode({ language }: Fence): boolean {
  return ['ts', 'js', 'mjs', 'cjs', 'tsx'].includes(language);
}

/** Commands have no language, or that of the shell. Output is told from them by the mark of a prompt, or a check. */
export function isCommand({ language }: Fence): boolean {
  return language === '' || language === 'sh' || language === 'console';
}
