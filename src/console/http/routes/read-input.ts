import * as v from 'valibot';
import { visibleMessage } from '../../../wire/visible-text.ts';
import { Refusal } from '../refusal.ts';

/** What a request brings, before it is checked. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** What its JSON says; an empty object if it has no body. */
  readonly body: unknown;
}

/** How many problems one refusal names. */
const MAX_PROBLEMS = 5;

type Schema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** The checked input. Throws a refusal that names every field that is wrong. */
export function readInput<S extends Schema>(
  where: 'path' | 'query' | 'body',
  schema: S,
  raw: Readonly<Record<string, string>> | URLSearchParams | unknown,
): v.InferOutput<S> {
  const input = raw instanceof URLSearchParams ? fieldsOf(raw, schema.entries) : raw;
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const problems = result.issues.slice(0, MAX_PROBLEMS).map((issue) => problemOf(where, issue));
  throw new Refusal(400, 'invalid-input', problems.join(' '));
}

/** A field that may be given several times is a list. Any other that is given twice is left to be refused as one. */
function fieldsOf(query: URLSearchParams, entries: v.ObjectEntries): Record<string, unknown> {
  const names = [...new Set(query.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = query.getAll(name);
      const isList = Object.hasOwn(entries, name) && isListField(entries[name]);
      return [name, isList || values.length > 1 ? values : values[0]];
    }),
  );
}

/** Whether a field of a query may be given several times. */
export function isListField(schema: v.ObjectEntries[string] | undefined): boolean {
  if (schema === undefined) return false;
  if ('wrapped' in schema) return isListField(schema.wrapped as v.ObjectEntries[string]);
  if ('pipe' in schema) return isListField((schema.pipe as [v.ObjectEntries[string]])[0]);
  return schema.type === 'array';
}

function problemOf(where: string, issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const subject = path === null ? `The ${where}` : `Field "${visibleMessage(path.slice(0, 100))}" of the ${where}`;
  if (issue.expected === 'never') return `${subject} is unknown.`;
  return `${subject} ${predicateOf(issue)}.`;
}

function predicateOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object') return issue.received === 'undefined' ? 'is missing' : 'must be an object';
  // Our own schemas say what they accept.
  return issue.message;
}
