/** Where in somebody's source an error is, and the line itself. Node says it in the first lines of some stacks only. */
import { types } from 'node:util';
import { fileOf } from './file-name.ts';

/** A place in a source file. Line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line and a mark below it, as two lines of text. */
  readonly frame: string;
}

const MAX_WIDTH = 100;
const OUR_SCRIPT = 'escapement:rethrow';
const HEAD = /^(?<file>[^\n]+):(?<line>\d+)\n(?<rest>[\s\S]*?)\nSyntaxError\b/;
const MARK = /^(?<indent>\s*)(?<marks>\^+)\s*$/;

/** The place that the stack of a syntax error begins with, or null if it does not name one. */
export function sourcePlaceOf(stack: string | undefined): SourcePlace | null {
  const { file, line, rest } = HEAD.exec(stack ?? '')?.groups ?? {};
  if (file === undefined || rest === undefined || file === OUR_SCRIPT) return null;
  const lines = rest.split('\n');
  // TypeScript's stripping shows the lines around it, too.
  const index = lines.findIndex((text) => MARK.test(text));
  // Without a mark, it is the end of the line: more was expected.
  const source = lines[Math.max(0, index - 1)] ?? '';
  const { indent = source, marks = '^' } = MARK.exec(lines[index] ?? '')?.groups ?? {};
  const at = { line: Number(line), column: indent.length + 1, width: marks.length };
  return { file: fileOf(file), line: at.line, column: at.column, frame: frameOf(source, at) };
}

/** A line of source with its number, and a mark below one of its parts. */
export function frameOf(
  source: string,
  { line, column, width }: { readonly line: number; readonly column: number; readonly width: number },
): string {
  // A line of minified code is cut around the mark.
  const from = source.length <= MAX_WIDTH ? 0 : Math.max(0, column - 1 - MAX_WIDTH / 2);
  const shown = source.slice(from, from + MAX_WIDTH);
  const before = shown.slice(0, column - 1 - from).replaceAll(/[^\t]/g, ' ');
  const marks = '^'.repeat(Math.max(1, Math.min(width, shown.length - before.length)));
  const number = String(line);
  return `    ${number} | ${shown.trimEnd()}\n    ${' '.repeat(number.length)} | ${before}${marks}`;
}

/**
 * Has Node write the place of a syntax error into its stack. Node keeps the place beside an error that it threw while it
 * compiled a module, and writes it only where an uncaught error is printed, or where an error leaves a script of `vm`. So
 * the error is thrown from such a script. Other errors stay as they are.
 */
export function placeSyntaxError(error: unknown): void {
  if (!types.isNativeError(error) || types.isProxy(error)) return;
  const before = stackOf(error);
  if (before === undefined || !before.startsWith('SyntaxError')) return;
  try {
    process.getBuiltinModule('node:vm').runInNewContext('throw error', { error }, { filename: OUR_SCRIPT });
  } catch {
    // It is the error itself, or one about it: either way its stack says what came of it.
  }
  if (stackOf(error)?.startsWith(OUR_SCRIPT)) Reflect.set(error, 'stack', before);
}

function stackOf(error: Error): string | undefined {
  try {
    // It may be a getter of somebody else, which need not say the same twice.
    const { stack }: { readonly stack?: unknown } = error;
    return typeof stack === 'string' ? stack : undefined;
  } catch {
    return undefined;
  }
}
