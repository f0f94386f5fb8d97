/** What a plugin's run can call, as `ctx.host`: part of the plugin contract, which `plugin.ts` has as a whole. */

/** Any value that JSON can express. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The functions that the host offers to plugins, by name. They run on the host thread. */
export type HostFunctions = Readonly<Record<string, (...args: readonly JsonValue[]) => Promise<JsonValue | undefined>>>;

/** Which of the spaces that the plugin may use. */
export interface KvOptions {
  /** One of `permissions.kvNamespaces`. Default: the plugin's own space. */
  readonly namespace?: string;
}

/** Which keys to list. */
export interface KvListOptions extends KvOptions {
  /** The `next` of the page before: keys that come after it. */
  readonly after?: string | null;
  /** Keys in a page, from 1 to 1,000. Default 100. */
  readonly limit?: number;
}

/** Keys in the order of their code points. */
export interface KvPage {
  /** The keys of this page. */
  readonly keys: readonly string[];
  /** Pass it as `after` for the page that follows; null if this is the last one. */
  readonly next: string | null;
}

/**
 * What a plugin keeps from one run to another, in the scheduler's store. Each plugin has a space for each tenant and site.
 * A key has 1 to 512 bytes in UTF-8, a value up to 256 KiB of JSON text.
 */
export interface PluginKv {
  /** Resolves to null when there is no such entry. */
  get(key: string, options?: KvOptions): Promise<JsonValue | null>;
  /** Resolves when the entry is as durable as a run's record. Rejects when the quota is used up. */
  set(key: string, value: JsonValue, options?: KvOptions): Promise<void>;
  /** Resolves to whether there was such an entry. */
  delete(key: string, options?: KvOptions): Promise<boolean>;
  /** Resolves to the keys that begin with `prefix`, by default to all of them. */
  list(prefix?: string, options?: KvListOptions): Promise<KvPage>;
}

/** What to ask for, beside the URL. */
export interface PluginFetchInit {
  /** GET (default), HEAD, POST, PUT, PATCH, DELETE or OPTIONS. */
  readonly method?: string;
  /** The headers of the request, by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Up to 256 KiB in UTF-8. */
  readonly body?: string;
  /** How long all of it may take, in milliseconds. Default 10,000; never longer than the run. */
  readonly timeoutMs?: number;
}

/** What the server has answered. */
export interface PluginFetchResponse {
  /** The status code, such as 200. */
  readonly status: number;
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text, in UTF-8. */
  readonly body: string;
  /** The body was longer than 992 KiB, and this is its beginning. */
  readonly isTruncated: boolean;
}

/** The functions that every plugin has. They work while the host is blocked. A call that is refused rejects. */
export interface BuiltInFunctions {
  /** What the plugin keeps from one run to another. */
  readonly kv: PluginKv;
  /** Asks for a URL that `permissions.allowedUrls` allows. Follows redirects to such URLs. */
  fetch(url: string | URL, init?: PluginFetchInit): Promise<PluginFetchResponse>;
  /** Adds a value to what `scheduler.stats().metrics` shows under this name with these tags. */
  metric(name: string, value: number, tags?: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * The host's functions as a plugin calls them. `Host` has them by name, as the host declares them: what it returns is
 * awaited, so that here everything is a promise.
 */
export type HostCalls<Host = HostFunctions> = {
  readonly [Name in keyof Host]: Host[Name] extends (...args: infer Args extends readonly unknown[]) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** What a run can call: the built-in functions, and those that the host offers. */
export type PluginHost<Host = HostFunctions> = BuiltInFunctions & HostCalls<Host>;

/** The run that calls a function of the host, by what the scheduler knows of it. */
export interface HostCaller {
  /** The name of the plugin. */
  readonly plugin: string;
  /** The id of the schedule within its plugin. */
  readonly scheduleId: string;
  /** For whom the plugin is installed; absent for all. */
  readonly tenantId?: string;
  /** The site of the tenant; absent for all of them. */
  readonly siteId?: string;
  /** The id of the run. */
  readonly runId: string;
  /** The key of the schedule. */
  readonly key: string;
  /** When the run's `run()` was called, epoch milliseconds. */
  readonly startedAtMs?: number;
  /** The trace of the trigger that started the run, as in W3C Trace Context; absent if there is none. */
  readonly traceparent?: string;
}
