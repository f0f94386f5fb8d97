/** Changes a JSON document as text, so that its order, its indentation and its line ends stay as their owner likes them. */

/** A member of an object, by where it stands in the text. */
interface Member {
  readonly key: string;
  readonly start: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** An object, from its `{` to behind its `}`. */
interface JsonObject {
  readonly start: number;
  readonly end: number;
  readonly members: readonly Member[];
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;
const DEFAULT_BREAK = '\n';
const DEFAULT_INDENT = '  ';

/**
 * Sets a text in the document, and returns the new one. Objects on the way are made where they are missing. A new member
 * comes last, and looks like those before it.
 * @param text A valid JSON document whose root is an object, and so is whatever stands on the way.
 */
export function withText(text: string, [key, ...rest]: readonly string[], value: string): string {
  return key === undefined ? text : withMember(text, objectAt(text, text.indexOf('{')), [key, ...rest], value);
}

function withMember(
  text: string,
  object: JsonObject,
  [key, ...rest]: readonly [string, ...string[]],
  value: string,
): string {
  const known = object.members.find((member) => member.key === key);
  const [next, ...others] = rest;
  if (known === undefined) return inserted(text, object, key, made(text, rest, value));
  if (next === undefined) return replaced(text, known.valueStart, known.valueEnd, JSON.stringify(value));
  const inner = objectAt(text, known.valueStart);
  if (inner.members.length > 0) return withMember(text, inner, [next, ...others], value);
  return replaced(text, inner.start, inner.end, made(text, rest, value));
}

/** The text of a value, within as many new objects as there are keys. It stands in a member of the root. */
function made(text: string, keys: readonly string[], value: string): string {
  const { lineBreak, indent } = styleOf(text);
  if (lineBreak === '')
    return keys.reduceRight((inner, key) => `{${JSON.stringify(key)}:${inner}}`, JSON.stringify(value));
  return keys.reduceRight(
    (inner, key, depth) =>
      `{${lineBreak}${indent.repeat(depth + 2)}${JSON.stringify(key)}: ${inner}${lineBreak}${indent.repeat(depth + 1)}}`,
    JSON.stringify(value),
  );
}

function inserted(text: string, { start, end, members }: JsonObject, key: string, value: string): string {
  const last = members.at(-1);
  if (last === undefined) {
    const { lineBreak, indent } = styleOf(text);
    return replaced(text, start, end, `{${lineBreak}${indent}${JSON.stringify(key)}: ${value}${lineBreak}}`);
  }
  const before = text.slice(0, last.start);
  const gap = /\s*$/.exec(before)?.[0] ?? '';
  const colon = text.slice(last.keyEnd, last.valueStart);
  return replaced(text, last.valueEnd, last.valueEnd, `,${gap}${JSON.stringify(key)}${colon}${value}`);
}

/** How the members of the root are set out. `lineBreak` is empty if all of them stand in one line. */
function styleOf(text: string): { readonly lineBreak: string; readonly indent: string } {
  const [first] = objectAt(text, text.indexOf('{')).members;
  if (first === undefined) return { lineBreak: DEFAULT_BREAK, indent: DEFAULT_INDENT };
  const [, lineBreak = '', indent = ''] = /(\r?\n)?([ \t]*)$/.exec(text.slice(0, first.start)) ?? [];
  return { lineBreak, indent };
}

/** Reads the object that begins at this place of a valid document. */
function objectAt(text: string, start: number): JsonObject {
  const members: Member[] = [];
  const tokens = tokensOf(text, start);
  let token = next(tokens);
  while (token.text !== '}') {
    token = next(tokens);
    if (token.text === '}' || token.text === ',') continue;
    const key = token;
    next(tokens);
    const value = spanOf(next(tokens), tokens);
    members.push({
      key: String(JSON.parse(key.text)),
      start: key.start,
      keyEnd: key.end,
      valueStart: value.start,
      valueEnd: value.end,
    });
  }
  return { start, end: token.end, members };
}

/** The span of the value that begins with this token. */
function spanOf(first: Token, tokens: Iterator<Token, undefined>): { readonly start: number; readonly end: number } {
  let [last, depth] = [first, depthOf(first)];
  while (depth > 0) {
    last = next(tokens);
    depth += depthOf(last);
  }
  return { start: first.start, end: last.end };
}

function depthOf({ text }: Token): number {
  if (text === '{' || text === '[') return 1;
  return text === '}' || text === ']' ? -1 : 0;
}

function* tokensOf(text: string, from: number): Generator<Token, undefined> {
  const pattern = new RegExp(TOKEN);
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    yield { text: match[0], start: match.index, end: pattern.lastIndex };
  }
}

function next(tokens: Iterator<Token, undefined>): Token {
  const { value } = tokens.next();
  if (value === undefined) throw new TypeError('the document ends in the middle');
  return value;
}

function replaced(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}
