/**
 * Text of others made safe to be read: control and format characters are written out as `\u001b`. They could move the
 * cursor of a terminal, recolour or hide what follows, open links, or turn the direction of the text, so that a line
 * reads as something that it does not say. Line breaks and tabs stay. In JSON the result is still valid and means the
 * same.
 */
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** The first line of the text, made safe and cut to a length. */
export function printableLine(text: string, maxLength: number): string {
  // What is cut off need not be read: the text may be very long.
  const line = printable(text.slice(0, maxLength + 1).split('\n', 1)[0] ?? '');
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** A character beyond the basic plane becomes two escapes, as JSON writes it. */
function escaped(character: string): string {
  let text = '';
  for (let unit = 0; unit < character.length; unit += 1) {
    text += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }
  return text;
}

/** Ends a sentence that may already end with a question. Lines below it, which show source code, stay as they are. */
export function sentence(text: string): string {
  const [said = '', ...below] = text.split('\n');
  return [/[?.]$/.test(said) ? said : `${said}.`, ...below].join('\n');
}

/** What to do about a scheduler in this state. Other states need no advice, or bring their own. */
const REMEDIES: Readonly<Record<string, string>> = {
  'not started': 'await start() first',
  starting: 'await start() first',
  draining: 'call it on a node that goes on',
  stopping: 'make a new one with createScheduler()',
  stopped: 'make a new one with createScheduler()',
};

/** The end of a sentence that names the state: with a colon in front, or empty. */
export function stateAdvice(state: string): string {
  const remedy = REMEDIES[state];
  return remedy === undefined ? '' : `: ${remedy}`;
}
