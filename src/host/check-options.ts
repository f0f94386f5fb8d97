/** The rules that the options of a scheduler must keep, and their defaults. */
import * as v from 'valibot';
import { InvalidOptionError } from '../errors.ts';
import { nearestWord } from '../machines/did-you-mean.ts';
import { redactPathOf } from '../wire/redaction.ts';
import { previewOf } from '../wire/value-preview.ts';
import type { SchedulerOptions } from './scheduler-options.ts';

const whole = (min: number, max: number) => {
  const rule = `a whole number from ${min} to ${max}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(min, rule), v.maxValue(max, rule));
};
const objectOf = <E extends v.ObjectEntries>(entries: E) => v.strictObject(entries, 'an object');
const above = (rule: string) => v.pipe(v.number(rule), v.finite(rule), v.gtValue(0, rule));
const MILLISECONDS = 'a number of milliseconds above 0';
const NOT_NEGATIVE = '0 or more milliseconds';
const MEBIBYTES = 'a number of MiB above 0';
const NAME = 'a string';
const REDACT_PATH = 'a path such as password, user.token, *.password or items[*]["api-key"]';
const isRedactPath = (path: string) => redactPathOf(path) !== null;
const DESTINATION = 'a file descriptor such as 1, or the path of a file';
/** Whether it can be opened is known only when the scheduler starts. */
const isDestination = (value: number | string) =>
  typeof value === 'number'
    ? Number.isInteger(value) && value >= 0 && value < 2 ** 31
    : /^(?!file:)[^\0]+$/.test(value);

const backend = v.strictObject(
  { module: v.string(NAME), options: v.optional(v.record(v.string(), v.any(), 'an object'), {}) },
  'what memoryStore(), memoryLocking() and their like return, or { module, options }',
);

const pluginOption = v.union(
  [
    v.string(),
    v.strictObject({
      module: v.string(NAME),
      tenantId: v.optional(v.string(NAME)),
      siteId: v.optional(v.string(NAME)),
      options: v.optional(v.any()),
    }),
  ],
  'a module specifier, or { module, tenantId, siteId, options }',
);

const poolSchema = objectOf({
  minThreads: v.optional(whole(0, 1_024)),
  maxThreads: v.optional(whole(1, 1_024)),
  maxQueue: v.optional(whole(0, 10_000_000), 10_000),
  niceIncrement: v.optional(whole(0, 19), 10),
  resourceLimits: v.optional(v.record(v.string(), above(MEBIBYTES), 'an object of sizes in MiB'), {}),
  env: v.optional(v.record(v.string(), v.string(NAME), 'an object of strings')),
  maxMessageBytes: v.optional(whole(1_024, 1_073_741_824), 1_048_576),
  memoryLimitMb: v.optional(above(MEBIBYTES)),
  loadTimeoutMs: v.optional(above(MILLISECONDS), 10_000),
});

const budgetSchema = objectOf({
  wallMs: v.optional(above(MILLISECONDS), 300_000),
  cpuMs: v.optional(above(MILLISECONDS)),
  heapMb: v.optional(above(MEBIBYTES), 512),
  graceMs: v.optional(v.pipe(v.number(NOT_NEGATIVE), v.minValue(0, NOT_NEGATIVE)), 1_000),
});

const loggerSchema = objectOf({
  level: v.optional(
    v.picklist(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'trace, debug, info, warn, error, fatal or silent',
    ),
    'info',
  ),
  destination: v.optional(
    v.pipe(v.union([v.number(), v.string()], DESTINATION), v.check(isDestination, DESTINATION)),
    1,
  ),
  redact: v.optional(
    v.array(v.pipe(v.string(REDACT_PATH), v.check(isRedactPath, REDACT_PATH)), 'an array of paths'),
    [],
  ),
});

const optionsSchema = objectOf({
  plugins: v.optional(v.array(pluginOption, 'an array'), []),
  baseUrl: v.optional(v.union([v.string(), v.instance(URL)], 'import.meta.url, a folder or a file: URL')),
  pool: v.optional(poolSchema, {}),
  budget: v.optional(budgetSchema, {}),
  timezone: v.optional(v.string(NAME), 'UTC'),
  store: v.optional(backend),
  locking: v.optional(backend),
  cluster: v.optional(v.boolean('true or false'), false),
  nodeId: v.optional(v.pipe(v.string(NAME), v.minLength(1, 'a string that is not empty'))),
  logger: v.optional(loggerSchema, {}),
  dryRun: v.optional(v.boolean('true or false'), false),
  onPluginError: v.optional(v.picklist(['throw', 'continue'], '"throw" or "continue"'), 'throw'),
  hostFunctions: v.optional(v.record(v.string(), v.function('a function'), 'an object of functions'), {}),
});

/** Options that keep the rules, with the defaults that depend on nothing else filled in. */
export type CheckedOptions = v.InferOutput<typeof optionsSchema>;

/** @throws InvalidOptionError that names the first option that breaks a rule. */
export function checkOptions(options: SchedulerOptions): CheckedOptions {
  const result = v.safeParse(optionsSchema, options);
  if (!result.success) throw invalidOption(result.issues[0]);
  return result.output;
}

function invalidOption(issue: v.BaseIssue<unknown>): InvalidOptionError {
  const path = v.getDotPath(issue) ?? 'options';
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownOption(path);
  const not = typeof issue.input === 'object' ? '' : `, not ${previewOf(issue.input)}`;
  return new InvalidOptionError(path, `it must be ${issue.message}${not}`);
}

function unknownOption(path: string): InvalidOptionError {
  const [parent = '', wanted = parent] = path.split('.');
  const schema = path.includes('.')
    ? { pool: poolSchema, budget: budgetSchema, logger: loggerSchema }[parent]
    : undefined;
  const known = Object.keys((schema ?? optionsSchema).entries);
  const nearest = nearestWord(wanted, known);
  const hint = nearest === undefined ? `the options are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return new InvalidOptionError(path, `there is no such option; ${hint}`);
}
