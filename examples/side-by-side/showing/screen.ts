import { type Line, painted } from './pieces.ts';
import type { Size } from './view.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_REST = '\u001b[J';
/** What a terminal that does not say its size is taken for. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

/** Whether there is a person at a terminal that can be drawn on. */
export function hasScreen(): boolean {
  return process.stdout.isTTY === true && process.stdin.isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Takes the whole terminal, and gives it back as it was. */
export class Screen {
  readonly #pressed: (key: string) => void;
  readonly #heard = (bytes: Buffer): void => {
    for (const key of bytes.toString('utf8')) this.#pressed(key);
  };
  /** However the process ends: a terminal that is left raw would not show what is typed at the next prompt. */
  readonly #restore = (): void => this.close();
  #shown = '';

  constructor(pressed: (key: string) => void) {
    this.#pressed = pressed;
    process.stdin.setRawMode(true).on('data', this.#heard);
    process.once('exit', this.#restore);
    process.stdout.write(ENTER);
  }

  get size(): Size {
    const { columns, rows } = process.stdout;
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  }

  /** Draws the lines over what is there, all in one write, so that nothing flickers. */
  draw(lines: readonly Line[]): void {
    const { columns } = this.size;
    const frame = lines.map((line) => `${painted(line, columns)}${CLEAR_LINE}`).join('\r\n');
    // A terminal that is slower than the frames misses some of them.
    if (frame === this.#shown || process.stdout.writableNeedDrain) return;
    this.#shown = frame;
    process.stdout.write(`${HOME}${frame}${CLEAR_REST}`);
  }

  close(): void {
    process.off('exit', this.#restore);
    process.stdin.off('data', this.#heard).setRawMode(false).pause();
    process.stdout.write(LEAVE);
  }
}
