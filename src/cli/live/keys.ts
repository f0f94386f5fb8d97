/** What a key of the keyboard means on the screen. */
export type Key = 'up' | 'down' | 'page-up' | 'page-down' | 'first' | 'last' | 'enter' | 'back' | 'quit';

/** What terminals send for a key; several send more than one thing for the same. */
const KEYS: Readonly<Record<string, Key>> = {
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  k: 'up',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  j: 'down',
  '\u001b[5~': 'page-up',
  '\u001b[6~': 'page-down',
  ' ': 'page-down',
  '\u001b[H': 'first',
  '\u001bOH': 'first',
  '\u001b[1~': 'first',
  '\u001b[F': 'last',
  '\u001bOF': 'last',
  '\u001b[4~': 'last',
  '\r': 'enter',
  '\n': 'enter',
  '\u001b[C': 'enter',
  '\u001bOC': 'enter',
  '\u001b': 'back',
  '\u001b[D': 'back',
  '\u001bOD': 'back',
  '\u007f': 'back',
  q: 'quit',
  Q: 'quit',
  '\u0003': 'quit',
  '\u0004': 'quit',
};
/** A key that sends several characters begins with an escape; one alone is the key Esc. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what terminals send.
const SEQUENCE = /\u001b(?:\[[\d;]*[A-Za-z~]|O[A-Za-z])?|[^\u001b]/gu;

/** The keys in what a terminal has sent. Those that mean nothing here are left out. */
export function keysIn(text: string): Key[] {
  return (text.match(SEQUENCE) ?? []).flatMap((sequence) =>
    Object.hasOwn(KEYS, sequence) ? (KEYS[sequence] ?? []) : [],
  );
}
