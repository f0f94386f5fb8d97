import type {
  BuiltInFunctions,
  HostFunctions,
  JsonValue,
  KvListOptions,
  KvOptions,
  KvPage,
  PluginFetchInit,
  PluginFetchResponse,
  PluginHost,
  PluginKv,
} from '../../plugin.ts';

/** Taken before a plugin is loaded, which may change them: every run has a host. */
const { assign, create, freeze, fromEntries } = Object;

/** Asks the supervisor thread, which answers itself or asks the host. */
export type CallFunction = (name: string, args: readonly JsonValue[]) => Promise<JsonValue | undefined>;
/** The same, where the answer is known to be of a kind. */
type Ask = <T>(name: string, args: readonly JsonValue[]) => Promise<T>;

/**
 * Makes the `ctx.host` of a run. Nothing is checked here, where plugins execute: the supervisor thread decides what the
 * plugin may call, and what is wrong with the arguments. It inherits nothing, so a name is a function that can be called
 * or is not there.
 */
export function pluginHost(names: readonly string[], call: CallFunction): PluginHost {
  const functions: HostFunctions = fromEntries(
    names.map((name) => [name, (...args: readonly JsonValue[]) => call(name, args)] as const),
  );
  return freeze(assign(create(null), functions, builtInFunctions(call as Ask))) as PluginHost;
}

/** Whatever the arguments are, a call rejects and does not throw. */
function builtInFunctions(ask: Ask): BuiltInFunctions {
  return {
    kv: freeze(kvOf(ask)),
    fetch: async (url: string | URL, init: PluginFetchInit = {}) =>
      ask<PluginFetchResponse>('fetch', [{ ...init, url: `${url}` }]),
    metric: async (name, value, tags = {}) => {
      await ask('metric', [name, value, tags]);
    },
  };
}

function kvOf(ask: Ask): PluginKv {
  return {
    get: async (key, options) => ask<JsonValue | null>('kv.get', [namespaceOf(options), key]),
    set: async (key, value, options) => {
      await ask('kv.set', [namespaceOf(options), key, value]);
    },
    delete: async (key, options) => ask<boolean>('kv.delete', [namespaceOf(options), key]),
    list: async (prefix = '', options?: KvListOptions) =>
      ask<KvPage>('kv.list', [namespaceOf(options), prefix, options?.after ?? null, options?.limit ?? null]),
  };
}

function namespaceOf(options: KvOptions | undefined): string | null {
  return options?.namespace ?? null;
}
