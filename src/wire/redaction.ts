/**
 * Replaces the values of secret fields, by paths in the syntax of pino: `password`, `user.token`, `*.password`,
 * `items[*].secret`, `["a-b"].c`.
 *
 * pino's own library is not used, because it copies by assignment: a field that is called `__proto__` gets lost, and a
 * path with that name reaches into `Object.prototype`. Here every key is data, and only own fields are looked at.
 */

/** What stands in the place of a secret. */
export const CENSOR = '[Redacted]';

/** The keys from the fields down to the secret; `*` is any key or index. */
export type RedactPath = readonly string[];
export type Fields = Readonly<Record<string, unknown>>;

const NAME = '[^.[\\]\\s,"\'`*]+|\\*';
const BRACKETS = `\\[(${NAME}|"[^"]+"|'[^']+'|\`[^\`]+\`)\\]`;
const FIRST = new RegExp(`(${NAME})|${BRACKETS}`, 'y');
const NEXT = new RegExp(`\\.(${NAME})|${BRACKETS}`, 'y');

/** Null: this is not a path. */
export function redactPathOf(text: string): RedactPath | null {
  const path: string[] = [];
  for (let position = 0; position < text.length; ) {
    const pattern = position === 0 ? FIRST : NEXT;
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match === null) return null;
    const [whole, name, inBrackets = ''] = match;
    path.push(name ?? inBrackets.replace(/^(["'`])(.*)\1$/, '$2'));
    position += whole.length;
  }
  return path.length === 0 ? null : path;
}

/** Returns a function that copies fields with the secrets censored. The fields themselves stay as they are. */
export function redactor(paths: readonly RedactPath[]): (fields: Fields) => Fields {
  if (paths.length === 0) return (fields) => fields;
  return (fields) => censored(fields, paths) as Fields;
}

function censored(value: unknown, paths: readonly RedactPath[]): unknown {
  if (typeof value !== 'object' || value === null || paths.length === 0) return value;
  const below = (key: string, item: unknown): unknown => {
    const fitting = paths.filter(([head]) => head === key || head === '*');
    if (fitting.some((path) => path.length === 1)) return CENSOR;
    return censored(
      item,
      fitting.map((path) => path.slice(1)),
    );
  };
  if (Array.isArray(value)) return value.map((item, index) => below(String(index), item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, below(key, item)]));
}
