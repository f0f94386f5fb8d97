/** The rules that the options of a scheduler must keep, and their defaults. */
import type { InferOutput } from 'valibot';
import { InvalidOptionError } from '../../errors.ts';
import { builtInFunctionOf } from '../../machines/calling/built-in-functions.ts';
import { LOG_LEVELS } from '../../machines/run.ts';
import { DEFAULT_RUN_FUEL } from '../../wire/guests/guest-limits.ts';
import { redactPathOf } from '../../wire/redaction.ts';
import { previewOf } from '../../wire/value-preview.ts';
import { listOf } from '../notify/notify-options.ts';
import { checkInOption, notifyOption } from './notify-rules.ts';
import { above, checked, choice, delay, json, MILLISECONDS, objectOf, text, whole } from './option-rules.ts';
import { valibot } from './valibot.ts';

const v = valibot();

const FUEL = 'a whole number of instructions above 0, or Infinity';
const isFuel = (value: number) => value > 0 && (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY);
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
/** Keys of schedules are `plugin@tenant:site/schedule`. */
const PLACE = '1 to 128 characters without ":" and "/"';
const MAX_MODULE_LENGTH = 4_096;
const ALLOWED_URL = 'an http: or https: URL without a user, a query and a fragment';
const isAllowedUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(text);
};

const backend = objectOf(
  {
    module: text('a module', MAX_MODULE_LENGTH),
    options: v.optional(v.pipe(v.unknown(), json(true), v.record(v.string(), v.any(), 'an object')), {}),
  },
  'what memoryStore(), memoryLocking() and their like return, or { module, options }',
);

const isolation = v.picklist(['thread', 'process'], '"thread" or "process"');
const ID = whole(0, 2 ** 32 - 2);

const texts = (rule: string) => v.array(text(rule, MAX_MODULE_LENGTH), `an array, each ${rule}`);
const permissions = objectOf({
  allowedUrls: v.optional(
    v.array(v.pipe(v.string(ALLOWED_URL), v.check(isAllowedUrl, ALLOWED_URL)), `an array, each ${ALLOWED_URL}`),
  ),
  kvNamespaces: v.optional(texts('the name of a namespace')),
  storageQuotaKb: v.optional(whole(0, 1_048_576)),
  maxFetchPerMinute: v.optional(whole(0, 60_000)),
  allowedPaths: v.optional(texts('the path of a file or folder')),
  memoryPages: v.optional(whole(1, 65_536)),
  hostFunctions: v.optional(texts('the name of a host function')),
});

const limits = {
  wallMs: above(MILLISECONDS),
  cpuMs: above(MILLISECONDS),
  heapMb: above(MEBIBYTES),
  graceMs: delay(),
  fuel: v.pipe(v.number(FUEL), v.check(isFuel, FUEL)),
};
/** The limits of one plugin's runs: those that it does not have are the scheduler's. */
const pluginBudget = objectOf({
  wallMs: v.optional(limits.wallMs),
  cpuMs: v.optional(limits.cpuMs),
  heapMb: v.optional(limits.heapMb),
  graceMs: v.optional(limits.graceMs),
  fuel: v.optional(limits.fuel),
});

const place = v.pipe(v.string(PLACE), v.regex(/^[^:/]{1,128}$/, PLACE));
const pluginEntry = objectOf({
  module: text('a module specifier', MAX_MODULE_LENGTH),
  tenantId: v.optional(place),
  siteId: v.optional(place),
  options: v.optional(v.pipe(v.unknown(), json())),
  permissions: v.optional(permissions),
  timezone: v.optional(v.string(NAME)),
  budget: v.optional(pluginBudget),
  maxConcurrent: v.optional(whole(1, 1_024)),
  isolation: v.optional(isolation),
  instance: v.optional(v.picklist(['fresh', 'kept'], '"fresh" or "kept"')),
  checkIn: v.optional(checkInOption),
});
const PLUGIN = `a module specifier, or { ${Object.keys(pluginEntry.pipe[2].entries).join(', ')} }: plugins run in other threads, which load their modules`;

/** One plugin: its module alone, or what is installed of it. */
export const pluginOption = {
  ...v.lazy((given) => {
    if (typeof given === 'string') return text('a module specifier', MAX_MODULE_LENGTH);
    return typeof given === 'object' && given !== null && 'module' in given ? pluginEntry : v.never(PLUGIN);
  }),
  // From here an error learns which fields the object form has.
  wrapped: pluginEntry,
};

const processesSchema = objectOf({
  env: v.optional(v.record(v.string(), v.string(NAME), 'an object of strings')),
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
  env: v.optional(v.record(v.string(), v.string(NAME), 'an object of strings')),
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

const loggerSchema = objectOf({
  level: v.optional(v.picklist([...LOG_LEVELS, 'silent'], 'trace, debug, info, warn, error, fatal or silent'), 'info'),
  destination: v.optional(
    v.pipe(v.union([v.number(), v.string()], DESTINATION), v.check(isDestination, DESTINATION)),
    1,
  ),
  redact: v.optional(
    v.array(v.pipe(v.string(REDACT_PATH), v.check(isRedactPath, REDACT_PATH)), 'an array of paths'),
    [],
  ),
});

const consoleSchema = objectOf({
  port: v.optional(whole(0, 65_535)),
  host: v.optional(text('an address such as 127.0.0.1', 256)),
  socket: v.optional(text('the path of a socket', MAX_MODULE_LENGTH)),
  token: v.optional(text('a secret', 1_024)),
  readOnly: v.optional(v.boolean('true or false'), false),
});

const optionsSchema = objectOf(
  {
    plugins: v.optional(v.array(pluginOption, 'an array'), []),
    baseUrl: v.optional(v.union([v.string(), v.instance(URL)], 'import.meta.url, a folder or a file: URL')),
    pool: v.optional(poolSchema, {}),
    budget: v.optional(budgetSchema, {}),
    timezone: v.optional(v.string(NAME), 'UTC'),
    store: v.optional(backend),
    locking: v.optional(backend),
    cluster: v.optional(v.boolean('true or false'), false),
    nodeId: v.optional(text('a string', 256)),
    logger: v.optional(loggerSchema, {}),
    console: v.optional(consoleSchema),
    dryRun: v.optional(v.boolean('true or false'), false),
    onPluginError: v.optional(choice(['throw', 'continue']), 'throw'),
    hostFunctions: v.optional(v.record(v.string(), v.function('a function'), 'an object of functions'), {}),
    notify: v.optional(notifyOption),
  },
  'an object, such as { plugins: ["./plugins/report.ts"] }',
);

/** Options that keep the rules, with the defaults that depend on nothing else filled in. */
export type CheckedOptions = InferOutput<typeof optionsSchema>;

/** @throws InvalidOptionError that names the first option that breaks a rule. */
export function checkOptions(options: unknown): CheckedOptions {
  const right = checked(optionsSchema, options, 'options');
  const { minThreads, maxThreads } = right.pool;
  if (minThreads !== undefined && maxThreads !== undefined && minThreads > maxThreads) {
    const rule = `it must be at most pool.maxThreads, which is ${maxThreads}`;
    throw new InvalidOptionError('pool.minThreads', `${rule}, not ${minThreads}`);
  }
  const taken = Object.keys(right.hostFunctions).find((name) => builtInFunctionOf(name) !== undefined);
  if (taken !== undefined) {
    const rule = 'plugins have a built-in function of that name: see docs/host-functions.md; give yours another name';
    throw new InvalidOptionError(`hostFunctions.${taken}`, rule);
  }
  mustHave(right.hostFunctions, listOf(right.notify));
  return right;
}

/** A notice that nobody answers to would be lost. */
function mustHave(functions: CheckedOptions['hostFunctions'], targets: readonly object[]): void {
  for (const target of targets) {
    if (!('hostFunction' in target) || Object.hasOwn(functions, String(target.hostFunction))) continue;
    const name = previewOf(target.hostFunction);
    throw new InvalidOptionError(
      'notify.hostFunction',
      `hostFunctions must have ${name}, and has ${namesOf(functions)}`,
    );
  }
}

function namesOf(functions: CheckedOptions['hostFunctions']): string {
  return Object.keys(functions).join(', ') || 'none';
}
