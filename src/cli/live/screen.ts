/** The whole terminal as a screen that is drawn anew in place. What it has changed of the terminal, it puts back. */
import { styleText } from 'node:util';
import { printable } from '../../machines/printable.ts';
import { fitted, textWidth } from '../output/operating/text-width.ts';
import type { Style } from '../output/terminal.ts';
import { type Key, keysIn } from './keys.ts';

/** A part of a line in one style. */
export interface Piece {
  readonly text: string;
  readonly style?: Style;
}

/** A line of the screen; `isMarked` is the one that the arrows stand on. */
export interface Line {
  readonly pieces: readonly Piece[];
  readonly isMarked?: boolean;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const ENTER_SCREEN = '\u001b[?1049h\u001b[?25l';
const LEAVE_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_REST = '\u001b[J';
const INVERSE = ['\u001b[7m', '\u001b[27m'] as const;
/** What a terminal that does not say its size is taken for. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Whether there is a person at a terminal that can be drawn on. */
export function hasScreen(): boolean {
  return process.stdout.isTTY === true && process.stdin.isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Takes the terminal of this process. Call `close()` in every case. */
export class Screen {
  readonly #out = process.stdout;
  readonly #in = process.stdin;
  readonly #pressed: (key: Key) => void;
  readonly #resized: () => void;
  readonly #take = (bytes: Buffer): void => {
    for (const key of keysIn(bytes.toString('utf8'))) this.#pressed(key);
  };
  /** A terminal that is left raw would not show what is typed at the next prompt. */
  readonly #restore = (): void => this.close();
  readonly #onSignal = (): void => this.#pressed('quit');
  #isOpen = true;

  constructor(heard: { readonly pressed: (key: Key) => void; readonly resized: () => void }) {
    this.#pressed = heard.pressed;
    this.#resized = heard.resized;
    this.#in.setRawMode(true);
    this.#in.on('data', this.#take);
    // The terminal has gone.
    this.#in.on('end', this.#onSignal);
    this.#in.on('error', this.#onSignal);
    this.#out.on('resize', this.#resized);
    process.on('exit', this.#restore);
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    this.#out.write(ENTER_SCREEN);
  }

  get size(): Size {
    const { columns, rows } = this.#out;
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  }

  /** Draws these lines from the top. What does not fit into the size is cut off. */
  draw(lines: readonly Line[]): void {
    // A terminal that is slower than the frames misses some of them.
    if (!this.#isOpen || this.#out.writableNeedDrain) return;
    const { columns, rows } = this.size;
    const shown = lines.slice(0, rows).map((line) => `${this.#text(line, columns)}${CLEAR_LINE}`);
    this.#out.write(`${HOME}${shown.join('\r\n')}${CLEAR_REST}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#in.off('data', this.#take);
    this.#out.off('resize', this.#resized);
    process.off('exit', this.#restore);
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    this.#out.write(LEAVE_SCREEN);
    this.#in.setRawMode(false);
    this.#in.pause();
  }

  /** A line in no more columns than there are. Colours are only those that are put in here. */
  #text({ pieces, isMarked = false }: Line, columns: number): string {
    const [begin, end] = isMarked ? INVERSE : ['', ''];
    return `${begin}${cutPieces(pieces, columns)
      .map(({ text, style }) => (style === undefined ? text : styleText(style, text, { stream: this.#out })))
      .join('')}${end}`;
  }
}

/** The pieces in one line of at most so many columns, without control characters and line breaks. */
export function cutPieces(pieces: readonly Piece[], columns: number): Piece[] {
  const cut: Piece[] = [];
  let left = columns;
  for (const piece of pieces) {
    if (left <= 0) break;
    const safe = printable(piece.text.replace(/\s/g, ' '));
    const text = textWidth(safe) <= left ? safe : fitted(safe, left);
    left -= textWidth(text);
    cut.push({ ...piece, text });
  }
  return cut;
}
