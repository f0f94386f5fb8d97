import type { NoticeKind } from '../../machines/watching/notices.ts';

/** Whom to tell that a schedule began to fail, fell silent or recovered: see docs/notifications.md. */
export type NotifyTarget = WebhookTarget | HostFunctionTarget;

interface AnyTarget {
  /** What to tell. Default: everything. */
  readonly on?: readonly NoticeKind[];
}

/** A web service that gets each notice as a POST request with JSON. */
export interface WebhookTarget extends AnyTarget {
  /** An `http:` or `https:` URL. It may lead into a private network, and it may hold a secret: no message shows it. */
  readonly webhook: string;
  /**
   * Signs every request by the scheme of Standard Webhooks: a text of 16 to 512 characters, or `whsec_` and 24 to 64 bytes
   * in Base64. Default: requests are not signed.
   */
  readonly secret?: string;
  /** Further headers, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long one attempt may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

/** A function among the `hostFunctions`, which is called with each notice. It waits while the host is blocked. */
export interface HostFunctionTarget extends AnyTarget {
  /** The name of a function in `hostFunctions`. */
  readonly hostFunction: string;
  /**
   * How long one call may take, in milliseconds, until it is called again. A host that is blocked does not count. Default
   * 10,000.
   */
  readonly timeoutMs?: number;
}

/** Where the runs of a plugin check in: a monitor that alarms when they do not. */
export interface CheckInOption {
  /** May hold `{plugin}`, `{schedule}`, `{tenant}` and `{site}`. It is often a secret: no message shows it. */
  readonly url: string;
  /** How the monitor wants to hear of starts, successes and failures. Default `healthchecks`. */
  readonly style?: 'healthchecks' | 'cronitor' | 'plain';
  /** The one schedule that it is about, by its id. Default: every schedule of the installation. */
  readonly schedule?: string;
}

/** What the thread that tells is started with. */
export interface NotifyConfig {
  readonly targets: readonly NotifyTarget[];
}

/** One or several as a list. */
export function listOf<T extends object>(given: T | readonly T[] | undefined): readonly T[] {
  if (given === undefined) return [];
  return isList(given) ? given : [given];
}

function isList<T extends object>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given);
}
