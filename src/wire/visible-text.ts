/**
 * Characters that change how a terminal or an editor shows the text around them: C1 controls and DEL, which no JSON
 * escapes, marks and overrides of the writing direction, and the two line ends that only JavaScript knows.
 */
const DECEPTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const DECEPTIVE_ALL = new RegExp(DECEPTIVE, 'g');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
const CONTROL_ALL = /[\u0000-\u001f]/g;

/** Writes characters that deceive a reader as `\u…`, so that JSON stays the JSON that it was. */
export function visible(text: string): string {
  // Nearly every text has none, and the test is much cheaper than a replacement.
  return DECEPTIVE.test(text) ? text.replaceAll(DECEPTIVE_ALL, escaped) : text;
}

/** The same for a text from outside that becomes part of a message: line ends and other controls are written out too. */
export function visibleMessage(text: string): string {
  return visible(text).replaceAll(CONTROL_ALL, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
