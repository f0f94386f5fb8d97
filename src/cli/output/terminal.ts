import { writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { printable } from '../../machines/printable.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { widthOf, wrapped } from './wrapping.ts';

const STANDARD_ERROR = 2;

/** How text looks on a terminal with colours. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** The escapes of bold, dim, red, yellow and green, and of their ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control characters that may pass.
const COLOURS = /(\u001b\[(?:1|2|22|31|32|33|39)m)/;

/** Where a command prints: results go to the standard output, notices to the standard error. */
export interface Terminal {
  /** The width of the standard output, in columns; undefined if it is not a terminal. */
  readonly width?: number | undefined;
  /** Writes a line of the result. */
  result(line: string): void;
  /** Writes a line that is not part of the result. On a terminal it is wrapped between words. */
  notice(line: string): void;
  /** Colours text for `result`, if the standard output is a terminal with colours. */
  paint(style: Style, text: string): string;
  /** Does the same for `notice` and the standard error. */
  paintNotice(style: Style, text: string): string;
  /** Calls this when its reader goes away, in place of ending the process: for a command that has more to do. */
  whenUnread?(then: () => void): void;
}

/** The terminal of this process. If its reader goes away (`| head -1`), the process ends quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  let unread = (): void => process.exit();
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (isUnread(error, stream)) unread();
      else fail(error);
    });
  }
  return {
    whenUnread: (then) => {
      unread = then;
    },
    get width() {
      return widthOf(stdout);
    },
    result: (line) => stdout.write(`${safe(line, stdout)}\n`),
    notice: (line) => stderr.write(`${fitted(safe(line, stderr))}\n`),
    // `styleText` looks at the stream: without a terminal, or with NO_COLOR, there are no colours.
    paint: (style, text) => styleText(style, printable(text), { stream: stdout }),
    paintNotice: (style, text) => styleText(style, printable(text), { stream: stderr }),
  };
}

/** Its reader has gone away: a pipe says so in another way than a terminal that was closed. */
function isUnread({ code }: NodeJS.ErrnoException, { isTTY }: NodeJS.WriteStream): boolean {
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || (code === 'EIO' && isTTY);
}

/**
 * A line as it is written. Whatever a plugin, a store or a user put into it, only the colours of `paint` reach the
 * terminal, and without colours no control character at all.
 */
function safe(line: string, stream: NodeJS.WriteStream): string {
  const hasColours = styleText('bold', 'x', { stream }) !== 'x';
  if (!hasColours) return printable(line);
  // The texts between the colours, and the colours at the odd places.
  return line
    .split(COLOURS)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('');
}

/** A line as it is written on a terminal. What is read by a program, or kept in a file, stays one line. */
function fitted(line: string): string {
  const width = widthOf(process.stderr);
  return width === undefined ? line : wrapped(line, width).join('\n');
}

/** Standard output cannot be written, for example because the disk is full. Standard error may still work. */
function fail(error: Error): void {
  try {
    writeSync(STANDARD_ERROR, `Error: The output cannot be written: ${error.message}.\n`);
  } finally {
    process.exit(EXIT_FAILED);
  }
}
