/** The rules that the options of a scheduler must keep, and their defaults. */
import type { InferOutput } from 'valibot';
import { builtInFunctionOf } from '../../machines/calling/built-in-functions.ts';
import { LOG_LEVELS } from '../../machines/run.ts';
import { DEFAULT_RUN_FUEL } from '../../wire/guests/guest-limits.ts';
import { redactPathOf } from '../../wire/redaction.ts';
import { previewOf } from '../../wire/value-preview.ts';
import { listOf } from '../notify/notify-options.ts';
import { notifyOption } from './notify-rules.ts';
import {
  above,
  checked,
  choice,
  isStorable,
  json,
  MILLISECONDS,
  objectOf,
  recordOf,
  refusal,
  text,
  type WrongOption,
  whole,
} from './option-rules.ts';
import { isolation, limits, MAX_MODULE_LENGTH, MEBIBYTES, pluginOption, ZONE } from './plugin-rules.ts';
import { valibot } from './valibot.ts';

const v = valibot();

const NAME = 'a string';
const STORE = 'what memoryStore(), sqliteStore() or postgresStore() returns, or { module, options }';
const LOCKING = 'what sqliteLocking(), redisLocking() or postgresLocking() returns, or { module, options }';
const REDACT_PATH = 'a path such as password, user.token, *.password or items[*]["api-key"]';
const LOGGER =
  'is a logger, whose functions other threads cannot call: it must be an object with level, destination, redact';
const BUILT_IN = 'plugins have a built-in function of that name: see docs/host-functions.md; give yours another name';
const STORABLE =
  'a string without control characters, and without half a surrogate pair, which not every store can keep';
const isRedactPath = (path: string) => redactPathOf(path) !== null;
const DESTINATION = 'a file descriptor such as 1, or the path of a file';
/** Whether it can be opened is known only when the scheduler starts. */
const isDestination = (value: number | string) =>
  typeof value === 'number'
    ? Number.isInteger(value) && value >= 0 && value < 2 ** 31
    : /^(?!file:)[^\0]+$/.test(value);
const description = objectOf({
  module: text('a module', MAX_MODULE_LENGTH),
  options: v.optional(v.pipe(v.unknown(), json(true), recordOf(v.any(), 'an object')), {}),
});
/** A store or a lock backend. What names no module is no description of one. */
const backend = (rule: string) => ({
  ...v.lazy((given) =>
    typeof given === 'object' && given !== null && 'module' in given ? description : v.never(rule),
  ),
  wrapped: description,
});

const ID = whole(0, 2 ** 32 - 2);

const processesSchema = objectOf({
  env: v.optional(recordOf(v.string(NAME), 'an object of strings')),
  cwd: v.optional(text('the path of a folder', MAX_MODULE_LENGTH)),
  uid: v.optional(ID),
  gid: v.optional(ID),
  execArgv: v.optional(v.array(v.string(NAME), 'an array of flags')),
});

const resourceLimits = objectOf({
  maxOldGenerationSizeMb: v.optional(above(MEBIBYTES)),
  maxYoungGenerationSizeMb: v.optional(above(MEBIBYTES)),
  codeRangeSizeMb: v.optional(above(MEBIBYTES)),
  stackSizeMb: v.optional(above(MEBIBYTES)),
});

const poolSchema = objectOf({
  minThreads: v.optional(whole(0, 1_024)),
  maxThreads: v.optional(whole(1, 1_024)),
  maxQueue: v.optional(whole(0, 10_000_000), 10_000),
  niceIncrement: v.optional(whole(0, 19), 10),
  resourceLimits: v.optional(resourceLimits, {}),
  env: v.optional(recordOf(v.string(NAME), 'an object of strings')),
  maxMessageBytes: v.optional(whole(1_024, 1_073_741_824), 1_048_576),
  memoryLimitMb: v.optional(above(MEBIBYTES)),
  loadTimeoutMs: v.optional(above(MILLISECONDS), 10_000),
  isolation: v.optional(isolation, 'thread'),
  processes: v.optional(processesSchema),
});

const budgetSchema = objectOf({
  wallMs: v.optional(limits.wallMs, 300_000),
  cpuMs: v.optional(limits.cpuMs),
  heapMb: v.optional(limits.heapMb, 512),
  graceMs: v.optional(limits.graceMs, 1_000),
  fuel: v.optional(limits.fuel, DEFAULT_RUN_FUEL),
});

const isOptions = (given: unknown): boolean =>
  typeof given !== 'object' || given === null || typeof Reflect.get(given, 'info') !== 'function';

const loggerOptions = objectOf(
  {
    level: v.optional(
      v.picklist([...LOG_LEVELS, 'silent'], 'trace, debug, info, warn, error, fatal or silent'),
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
  },
  'an object such as { level: "silent" }',
);

/** A logger cannot be called from other threads. */
const loggerSchema = v.pipe(v.unknown(), v.check(isOptions, LOGGER), loggerOptions);

const consoleSchema = objectOf({
  port: v.optional(whole(0, 65_535)),
  host: v.optional(text('an address such as 127.0.0.1', 256)),
  socket: v.optional(text('the path of a socket', MAX_MODULE_LENGTH)),
  token: v.optional(text('a secret', 1_024)),
  readOnly: v.optional(v.boolean('true or false'), false),
});

const optionsSchema = objectOf(
  {
    plugins: v.optional(v.array(pluginOption, 'an array of modules, such as ["./plugins/report.ts"]'), []),
    baseUrl: v.optional(v.union([v.string(), v.instance(URL)], 'import.meta.url, a folder or a file: URL')),
    pool: v.optional(poolSchema, {}),
    budget: v.optional(budgetSchema, {}),
    timezone: v.optional(v.string(ZONE), 'UTC'),
    store: v.optional(backend(STORE)),
    locking: v.optional(backend(LOCKING)),
    cluster: v.optional(v.boolean('true or false'), false),
    nodeId: v.optional(v.pipe(text('a string', 256), v.check(isStorable, STORABLE))),
    logger: v.optional(loggerSchema, {}),
    console: v.optional(consoleSchema),
    dryRun: v.optional(v.boolean('true or false'), false),
    onPluginError: v.optional(choice(['throw', 'continue']), 'throw'),
    hostFunctions: v.optional(recordOf(v.function('a function'), 'an object of functions'), {}),
    notify: v.optional(notifyOption),
  },
  'an object, such as { plugins: ["./plugins/report.ts"] }',
);

/** Options that keep the rules, with the defaults that depend on nothing else filled in. */
export type CheckedOptions = InferOutput<typeof optionsSchema>;

/** @throws InvalidOptionError that lists the options that break a rule, and names the first. */
export function checkOptions(options: unknown): CheckedOptions {
  const right = checked(optionsSchema, options, 'options');
  const wrong = contradictions(right);
  if (wrong.length > 0) throw refusal(wrong);
  return right;
}

/** Options that are right by themselves and do not go together. */
function contradictions(right: CheckedOptions): readonly WrongOption[] {
  const { minThreads, maxThreads } = right.pool;
  const isCrossed = minThreads !== undefined && maxThreads !== undefined && minThreads > maxThreads;
  const rule = `it must be at most pool.maxThreads, which is ${maxThreads}, not ${minThreads}`;
  const taken = Object.keys(right.hostFunctions).filter((name) => builtInFunctionOf(name) !== undefined);
  return [
    ...(isCrossed ? [{ option: 'pool.minThreads', reason: rule }] : []),
    ...taken.map((name) => ({ option: `hostFunctions.${name}`, reason: BUILT_IN })),
    ...unheard(right.hostFunctions, listOf(right.notify)),
  ];
}

/** A notice that nobody answers to would be lost. */
function unheard(functions: CheckedOptions['hostFunctions'], targets: readonly object[]): readonly WrongOption[] {
  return targets.flatMap((target) => {
    if (!('hostFunction' in target) || Object.hasOwn(functions, String(target.hostFunction))) return [];
    const reason = `hostFunctions must have ${previewOf(target.hostFunction)}, and has ${namesOf(functions)}`;
    return [{ option: 'notify.hostFunction', reason }];
  });
}

function namesOf(functions: CheckedOptions['hostFunctions']): string {
  return Object.keys(functions).join(', ') || 'none';
}
