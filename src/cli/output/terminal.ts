import { styleText } from 'node:util';

/** How text looks on a terminal with colours. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** Where a command prints: results go to the standard output, notices to the standard error. */
export interface Terminal {
  /** Writes a line of the result. */
  result(line: string): void;
  /** Writes a line that is not part of the result. */
  notice(line: string): void;
  /** Colours text for `result`, if the standard output is a terminal with colours. */
  paint(style: Style, text: string): string;
  /** Does the same for `notice` and the standard error. */
  paintNotice(style: Style, text: string): string;
}

/** The terminal of this process. If its reader goes away (`| head -1`), the process ends quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on('error', endQuietly);
  return {
    result: (line) => stdout.write(`${line}\n`),
    notice: (line) => stderr.write(`${line}\n`),
    // `styleText` looks at the stream: without a terminal, or with NO_COLOR, there are no colours.
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    paintNotice: (style, text) => styleText(style, text, { stream: stderr }),
  };
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') process.exit();
  throw error;
}
