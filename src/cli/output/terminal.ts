import { styleText } from 'node:util';

/** How a piece of text looks where there are colours. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** Where a command prints: results on the standard output, everything about them on the standard error. */
export interface Terminal {
  /** Writes a line of the result. */
  result(line: string): void;
  /** Writes a line about what happens. */
  notice(line: string): void;
  /** Colours a piece of a result's line, if the standard output is a terminal that wants colours. */
  paint(style: Style, text: string): string;
  /** The same for a notice, on the standard error. */
  paintNotice(style: Style, text: string): string;
}

/** The terminal of this process. A reader that goes away (`| head -1`) ends the process quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on('error', endQuietly);
  return {
    result: (line) => stdout.write(`${line}\n`),
    notice: (line) => stderr.write(`${line}\n`),
    // `styleText` asks the stream: no colours without a terminal, nor with NO_COLOR.
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    paintNotice: (style, text) => styleText(style, text, { stream: stderr }),
  };
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') process.exit();
  throw error;
}
