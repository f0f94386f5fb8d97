/**
 * Checks the options of a backend. They come from the host as plain data and are checked in the thread that builds the
 * backend, so a wrong one rejects `start()` with a `BackendError`.
 */
import * as v from 'valibot';
import { BackendError } from '../../errors.ts';
import { nearestWord } from '../../machines/did-you-mean.ts';
import { previewOf } from '../../wire/value-preview.ts';

/** Values of these options, and what is in them, hold a password or a key: no message shows them. */
const SECRET_OPTIONS: readonly string[] = ['connectionString', 'url', 'cluster', 'sentinel', 'tls'];

const COUNT_RULE = 'a whole number above 0';
const COUNT_LIMIT_RULE = `a whole number of at most ${Number.MAX_SAFE_INTEGER}`;
const DURATION_RULE = 'a number of milliseconds above 0';

/** What `retention` must be, for both stores that have one. */
export const RETENTION_RULE = 'an object with maxRuns and maxAgeMs';

/** How many of something there may be: at least one. */
export const count = v.pipe(
  v.number(COUNT_RULE),
  v.integer(COUNT_RULE),
  v.minValue(1, COUNT_RULE),
  v.safeInteger(COUNT_LIMIT_RULE),
);

/** A time in milliseconds, `Infinity` included. */
export const duration = v.pipe(v.number(DURATION_RULE), v.gtValue(0, DURATION_RULE));

/** The same without `Infinity`. */
export const finiteDuration = v.pipe(duration, v.finite(DURATION_RULE));

const MODULE_RULE = 'an object with module and optionally export, options';

/** Names an export of a module of the user's, see user-module.ts. */
export const userModule = v.strictObject(
  {
    module: v.pipe(v.string('a path, a file: URL or a package'), v.minLength(1, 'a path, a file: URL or a package')),
    export: v.optional(v.string('the name of an export')),
    options: v.optional(v.unknown()),
  },
  MODULE_RULE,
);

type OptionsSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/**
 * The checked options of a backend, with defaults filled in. The message of each rule has to read well after "must be".
 * @throws BackendError that names the first wrong option.
 */
export function checkedOptions<S extends OptionsSchema>(
  backend: string,
  schema: S,
  options: Readonly<Record<string, unknown>>,
): v.InferOutput<S> {
  const result = v.safeParse(schema, options);
  if (result.success) return result.output;
  throw new BackendError(backend, problemOf(result.issues[0], schema));
}

function problemOf(issue: v.BaseIssue<unknown>, schema: OptionsSchema): string {
  const option = v.getDotPath(issue) ?? 'options';
  if (issue.expected === 'never') return unknownOption(option, schema);
  if (issue.type === 'strict_object' && issue.received === 'undefined') return missingOption(option, schema);
  const value = SECRET_OPTIONS.includes(option.split('.')[0] ?? '') ? '' : `, not ${previewOf(issue.input)}`;
  return `option ${option} must be ${issue.message}${value}`;
}

function unknownOption(option: string, schema: OptionsSchema): string {
  const nearest = nearestWord(option, Object.keys(schema.entries));
  const known = `the options are ${Object.keys(schema.entries).join(', ')}`;
  return `there is no option ${option}; ${nearest === undefined ? known : `did you mean ${nearest}?`}`;
}

/** Valibot's own message about a missing key does not say what the key must be; that of its schema does. */
function missingOption(option: string, schema: OptionsSchema): string {
  const entry = schema.entries[option];
  const [issue] = (entry && v.safeParse(entry, undefined).issues) ?? [];
  return `option ${option} is missing${issue === undefined ? '' : `: it must be ${issue.message}`}`;
}
