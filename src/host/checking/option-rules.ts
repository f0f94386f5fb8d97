/**
 * The rules that options and arguments have in common, and the error of one that breaks a rule. Every rule's message
 * reads well after "it must be".
 */
import { types } from 'node:util';
import type * as v from 'valibot';
import { InvalidOptionError } from '../../errors.ts';
import { MAX_TIMER_MS } from '../../machines/calendar/duration.ts';
import { nearestWord } from '../../machines/did-you-mean.ts';
import { jsonProblem } from '../../wire/json-problem.ts';
import { previewOf } from '../../wire/value-preview.ts';
import { MAX_DATA_LENGTH, readOnce } from './read-once.ts';
import { valibot } from './valibot.ts';

/** Instants that a Date can hold. */
export const MAX_INSTANT_MS = 8.64e15;
const MAX_PATH_LENGTH = 128;
/** Values of these options, and what is in them, hold a password or a key: no message shows them. */
const SECRET_OPTIONS =
  /(?:^|\.)(?:(?:connectionString|url|webhook|secret|headers|token|redisLocking\.(?:cluster|sentinel|tls))(?:\.|$)|(?:notify|checkIn)(?:\.\d+)?$)/;

export const MILLISECONDS = 'a number of milliseconds above 0';
export const NOT_NEGATIVE = `0 or more milliseconds, at most ${MAX_TIMER_MS}`;
const INSTANT = 'a valid Date or epoch milliseconds';
const JSON_VALUE = 'JSON';
/** How many options that are wrong are listed. */
const MAX_PROBLEMS = 20;
/** A URL with what may be a password. */
const CREDENTIALS = /:\/\/[^\s/]*@/;
/** What options are called elsewhere. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  path: ['file', 'filename', 'db', 'database', 'location'],
  connectionString: ['url', 'uri', 'connection', 'host', 'database', 'dsn'],
  url: ['uri', 'host', 'connectionString', 'connection'],
  maxThreads: ['threads', 'workers', 'size', 'max', 'concurrency'],
  minThreads: ['min'],
  maxConcurrent: ['concurrency'],
  maxRecords: ['maxRuns', 'limit', 'max'],
  maxAgeMs: ['days', 'ttlMs', 'age'],
  wallMs: ['timeout', 'timeoutMs', 'maxMs'],
  heapMb: ['memory', 'memoryMb'],
  plugins: ['jobs', 'tasks', 'schedules'],
  pool: ['concurrency', 'threads', 'workers', 'maxThreads'],
  budget: ['timeout', 'timeoutMs', 'wallMs'],
  logger: ['log', 'logLevel', 'level'],
  timezone: ['tz', 'zone'],
  locking: ['lock', 'redis'],
  store: ['database', 'db', 'storage'],
  module: ['path', 'file', 'src', 'plugin'],
  options: ['config'],
  webhook: ['url'],
};

export const whole = (min: number, max: number) => {
  const v = valibot();
  const rule = `a whole number from ${min} to ${max}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(min, rule), v.maxValue(max, rule));
};
export const above = (rule: string) => {
  const v = valibot();
  return v.pipe(v.number(rule), v.finite(rule), v.gtValue(0, rule));
};
export const delay = () => {
  const v = valibot();
  return v.pipe(v.number(NOT_NEGATIVE), v.minValue(0, NOT_NEGATIVE), v.maxValue(MAX_TIMER_MS, NOT_NEGATIVE));
};
export const instant = () => {
  const v = valibot();
  return v.pipe(
    v.union([v.number(), v.date()], INSTANT),
    v.transform((at) => (typeof at === 'number' ? at : Date.prototype.getTime.call(at))),
    v.number(INSTANT),
    v.minValue(-MAX_INSTANT_MS, INSTANT),
    v.maxValue(MAX_INSTANT_MS, INSTANT),
  );
};
export const text = (rule: string, maxLength: number) => {
  const v = valibot();
  const bounded = `${rule} of 1 to ${grouped(maxLength)} characters`;
  return v.pipe(v.string(rule.replace(/,$/, '')), v.minLength(1, bounded), v.maxLength(maxLength, bounded));
};
/** Whether every store keeps a name as it is. In UTF-8 all halves of surrogate pairs are one character, so names would meet. */
export const isStorable = (name: string): boolean => name.isWellFormed() && !/\p{Cc}/u.test(name);
/** As `toLocaleString('en')` writes a whole number, but that loads ICU's formats: it takes longer than all other rules. */
const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
/** An object with these fields and no other. Valibot alone would take an array or a date for one without fields. */
export const objectOf = <E extends v.ObjectEntries>(
  entries: E,
  rule = `an object with ${Object.keys(entries).join(', ')}`,
) => {
  const v = valibot();
  return v.pipe(v.unknown(), v.check(isNoValue, rule), v.strictObject(entries, rule));
};
/** Valibot leaves out entries with these names, and says nothing. */
const LOST_NAMES = ['__proto__', 'constructor', 'prototype'];
/** An object with any names and values of one kind. */
export const recordOf = <S extends v.GenericSchema>(value: S, rule: string) => {
  const v = valibot();
  const areKept = v.rawCheck<unknown>(({ dataset, addIssue }) => {
    const given = dataset.value;
    const lost = LOST_NAMES.find((name) => typeof given === 'object' && given !== null && Object.hasOwn(given, name));
    if (lost !== undefined) addIssue({ message: `${rule} without the name "${lost}", which JavaScript itself uses` });
  });
  return v.pipe(v.unknown(), v.check(isNoValue, rule), areKept, v.record(v.string(), value, rule));
};
const isNoValue = (value: unknown): boolean => !(Array.isArray(value) || types.isDate(value) || value instanceof URL);
export const choice = <const T extends readonly string[]>(words: T) =>
  valibot().picklist(
    words,
    words
      .map((word) => `"${word}"`)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1'),
  );

/** JSON, checked without running any of its code. The issue's message says what is wrong with it, and where. */
export const json = (isInfinityAllowed = false) =>
  valibot().rawCheck<unknown>(({ dataset, addIssue }) => {
    const problem = jsonProblem(dataset.value, { maxLength: MAX_DATA_LENGTH, isInfinityAllowed });
    if (problem !== undefined) addIssue({ message: `${JSON_VALUE}, but ${problem}` });
  });

type Schema = v.GenericSchema;

/**
 * What was given, checked and with defaults filled in. It is read once, so that what is checked is what is used.
 * @param name Names the whole in an error, and begins the paths of its parts if `isPrefix`.
 * @throws InvalidOptionError that lists the options that break a rule, and names the first.
 */
export function checked<S extends Schema>(schema: S, given: unknown, name: string, isPrefix = false): v.InferOutput<S> {
  const v = valibot();
  const result = v.safeParse(schema, readOnce(given, { name, isPrefix }), { abortPipeEarly: true });
  if (result.success) return result.output;
  throw refusal(
    result.issues.slice(0, MAX_PROBLEMS).map((issue) => {
      const path = v.getDotPath(issue);
      const option = path === null ? name : `${isPrefix ? `${name}.` : ''}${path}`;
      return { option: cut(option), reason: problemOf(issue, schema, option) };
    }),
  );
}

/** An option that is wrong, and why. */
export interface WrongOption {
  readonly option: string;
  readonly reason: string;
}

/** One error for all options that are wrong, of which there is at least one. */
export function refusal(wrong: readonly WrongOption[]): InvalidOptionError {
  const [first, ...rest] = wrong as [WrongOption, ...WrongOption[]];
  const others = rest.flatMap(({ option, reason }) => new InvalidOptionError(option, reason).problems);
  return new InvalidOptionError(first.option, first.reason, { others });
}

function problemOf(issue: v.BaseIssue<unknown>, schema: Schema, option: string): string {
  const isObject = issue.type === 'strict_object';
  if (isObject && issue.expected === 'never') return unknownOption(issue, schema);
  const rule = isObject && issue.path !== undefined && issue.received === 'undefined' ? ruleOf(issue, schema) : '';
  if (rule !== '') return `is missing: it must be ${rule}`;
  if (IS_PREDICATE.test(issue.message)) return issue.message;
  return `it must be ${issue.message}${issue.type === 'raw_check' ? '' : foundText(issue, option)}`;
}

/** A message that is a whole predicate, where what was given says what was meant. */
const IS_PREDICATE = /^is /;

/** What was found in the place of what must be; nothing if it may hold a secret. */
function foundText({ input, message }: v.BaseIssue<unknown>, option: string): string {
  if (Array.isArray(input)) return /array|list/.test(message) ? '' : ', not an array';
  const isScalar = typeof input !== 'object' || input === null;
  if (!isScalar || SECRET_OPTIONS.test(option)) return '';
  return typeof input === 'string' && CREDENTIALS.test(input) ? '' : `, not ${previewOf(input)}`;
}

/** Valibot's own message about a missing key does not say what the key must be; that of its schema does. */
function ruleOf(issue: v.BaseIssue<unknown>, schema: Schema): string {
  const keys = keysOf(issue);
  const entry = entriesAt(schema, keys.slice(0, -1))[keys.at(-1) ?? ''];
  const [own] = entry === undefined ? [] : (valibot().safeParse(entry as Schema, undefined).issues ?? []);
  return own?.message ?? '';
}

function unknownOption(issue: v.BaseIssue<unknown>, schema: Schema): string {
  const keys = keysOf(issue);
  const known = Object.keys(entriesAt(schema, keys.slice(0, -1)));
  const asked = keys.at(-1) ?? '';
  const meant = known.find((option) => SYNONYMS[option]?.includes(asked)) ?? nearestWord(asked, known);
  return `is unknown: ${meant === undefined ? `the options are ${known.join(', ')}` : `did you mean ${meant}?`}`;
}

/** The entries of the object at a path of the schema, however optional it is. */
function entriesAt(schema: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const { entries = {}, item } = unwrapped(schema);
  const [first, ...rest] = keys;
  return first === undefined ? entries : entriesAt(item ?? entries[first], rest);
}

function keysOf({ path }: v.BaseIssue<unknown>): string[] {
  return path?.map(({ key }) => String(key)) ?? [];
}

interface AnySchema {
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  readonly wrapped?: AnySchema;
  readonly pipe?: readonly AnySchema[];
}

function unwrapped(schema: unknown): AnySchema {
  const { wrapped, pipe, ...plain } = (schema ?? {}) as AnySchema;
  if (wrapped !== undefined) return unwrapped(wrapped);
  return pipe?.map(unwrapped).find(({ entries }) => entries !== undefined) ?? plain;
}

function cut(path: string): string {
  return path.length > MAX_PATH_LENGTH ? `${path.slice(0, MAX_PATH_LENGTH)}…` : path;
}
