const ESC = '\u001b';
const SEQUENCE = new RegExp(`${ESC}\\[[?\\d;]*[A-Za-z]|[\\s\\S]`, 'gu');
const UNFINISHED = new RegExp(`${ESC}(?:\\[[?\\d;]*)?$`);
const COLOUR = new RegExp(`^${ESC}\\[[\\d;]*m$`);

/**
 * What a person sees of what was written to a terminal: just the sequences that the live screen uses. Any other control
 * character is an error, because it could come from a scheduler.
 */
export class ScreenText {
  /** The lines of the screen as they stand, without their trailing spaces. */
  lines: string[] = [];
  isOnOtherScreen = false;
  isCursorShown = true;
  /** The text of the line that is drawn in inverse. */
  marked = '';
  #row = 0;
  #line = '';
  #isInverse = false;
  #inverse = '';
  #rest = '';

  feed(text: string): void {
    const all = this.#rest + text;
    // A sequence may be cut anywhere.
    const cut = UNFINISHED.exec(all)?.index ?? all.length;
    this.#rest = all.slice(cut);
    for (const part of all.slice(0, cut).match(SEQUENCE) ?? []) this.#take(part);
  }

  #take(part: string): void {
    if (part === '\u001b[H') this.#row = 0;
    else if (part === '\u001b[K') this.#finishLine();
    else if (part === '\u001b[J') this.lines.length = this.#row + 1;
    else if (part === '\r') this.#line = '';
    else if (part === '\n') this.#row += 1;
    else if (part === '\u001b[?1049h' || part === '\u001b[?1049l') this.isOnOtherScreen = part.endsWith('h');
    else if (part === '\u001b[?25h' || part === '\u001b[?25l') this.isCursorShown = part.endsWith('h');
    else if (COLOUR.test(part)) this.#style(part);
    else if (/^[\p{Cc}\p{Cf}]/u.test(part)) throw new Error(`unexpected ${JSON.stringify(part)} on the screen`);
    else this.#write(part);
  }

  #style(part: string): void {
    if (part === '\u001b[7m') this.#inverse = '';
    if (part === '\u001b[7m' || part === '\u001b[27m') this.#isInverse = part === '\u001b[7m';
    if (part === '\u001b[27m') this.marked = this.#inverse.trimEnd();
  }

  #write(character: string): void {
    this.#line += character;
    if (this.#isInverse) this.#inverse += character;
  }

  #finishLine(): void {
    this.lines[this.#row] = this.#line.trimEnd();
    this.#line = '';
  }
}
