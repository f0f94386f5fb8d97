/** The rules of how a plugin is installed, and of the limits that runs have. */
import { checkInOption } from './notify-rules.ts';
import { above, delay, isStorable, json, MILLISECONDS, objectOf, text, whole } from './option-rules.ts';
import { valibot } from './valibot.ts';

const v = valibot();

export const MAX_MODULE_LENGTH = 4_096;
const FUEL = 'a whole number of instructions above 0, or Infinity';
const isFuel = (value: number) => value > 0 && (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY);
export const MEBIBYTES = 'a number of MiB above 0';
export const ZONE = 'an IANA zone such as "Europe/Paris"';
/** Keys of schedules are `plugin@tenant:site/schedule`. */
const PLACE = '1 to 128 characters without ":" and "/", control characters and half a surrogate pair';
const isPlace = (name: string): boolean => /^[^:/]{1,128}$/.test(name) && isStorable(name);
const ALLOWED_URL = 'an http: or https: URL without a user, a query and a fragment';
const isAllowedUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(text);
};

export const isolation = v.picklist(['thread', 'process'], '"thread" or "process"');

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

export const limits = {
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

const place = v.pipe(v.string(PLACE), v.check(isPlace, PLACE));
const pluginEntry = objectOf({
  module: text('a module specifier', MAX_MODULE_LENGTH),
  tenantId: v.optional(place),
  siteId: v.optional(place),
  options: v.optional(v.pipe(v.unknown(), json())),
  permissions: v.optional(permissions),
  timezone: v.optional(v.string(ZONE)),
  budget: v.optional(pluginBudget),
  maxConcurrent: v.optional(whole(1, 1_024)),
  isolation: v.optional(isolation),
  instance: v.optional(v.picklist(['fresh', 'kept'], '"fresh" or "kept"')),
  checkIn: v.optional(checkInOption),
});
const PLUGIN =
  'the module of a plugin, such as "./plugins/report.ts", or an object with a module and how it is installed';
/** For a plugin itself, a class, or what an import resolves to. */
const INLINE_PLUGIN =
  'is a plugin, not its module: it runs on other threads, which load it, so give the path of its module, such as "./plugins/report.ts"';
const isInlinePlugin = (given: object): boolean =>
  typeof given === 'function' || 'default' in given || ('run' in given && !('module' in given));
const URL_RULE = 'a text, such as url.href';

/** One plugin: its module alone, or what is installed of it. */
export const pluginOption = {
  ...v.lazy((given) => {
    if (typeof given === 'string') return text('a module specifier', MAX_MODULE_LENGTH);
    const isObject = (typeof given === 'object' && given !== null) || typeof given === 'function';
    if (!isObject || Array.isArray(given)) return v.never(PLUGIN);
    if (given instanceof URL) return v.never(URL_RULE);
    return isInlinePlugin(given) ? v.never(INLINE_PLUGIN) : pluginEntry;
  }),
  // From here an error learns which fields the object form has.
  wrapped: pluginEntry,
};
