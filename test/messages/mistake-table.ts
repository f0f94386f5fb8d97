/**
 * The tables in `mistakes/`: what somebody wrote, after `> `, and below it the whole message. They are text so that a
 * person can read them from beginning to end. With `WRITE_MESSAGES=1` a test writes what it saw: read it before you
 * commit it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** One mistake and its message. */
export interface Mistake {
  /** The lines that were written. */
  readonly wrote: readonly string[];
  readonly message: string;
}

/** One file of mistakes. */
export class MistakeTable {
  readonly #url: URL;
  readonly #blocks: readonly string[];

  constructor(name: string) {
    this.#url = new URL(`./mistakes/${name}.txt`, import.meta.url);
    this.#blocks = readFileSync(this.#url, 'utf8').trim().split(/\n\n+/);
  }

  get mistakes(): readonly Mistake[] {
    return this.#blocks.filter(isMistake).map(mistakeOf);
  }

  /** What the file holds, and what it would hold with these messages, in the order of the mistakes. */
  comparison(messages: readonly string[]): { readonly expected: string; readonly seen: string } {
    const left = [...messages];
    const blocks = this.#blocks.map((block) =>
      isMistake(block) ? [...wroteIn(block).map((line) => `> ${line}`), left.shift() ?? ''].join('\n') : block,
    );
    const seen = `${blocks.join('\n\n')}\n`;
    if (process.env['WRITE_MESSAGES'] === '1') writeFileSync(this.#url, seen);
    return { expected: readFileSync(this.#url, 'utf8'), seen };
  }
}

function isMistake(block: string): boolean {
  return block.startsWith('> ');
}

function wroteIn(block: string): string[] {
  const lines = block.split('\n').filter((line) => line.startsWith('> '));
  return lines.map((line) => line.slice('> '.length));
}

function mistakeOf(block: string): Mistake {
  const said = block.split('\n').filter((line) => !line.startsWith('> '));
  return { wrote: wroteIn(block), message: said.join('\n') };
}
