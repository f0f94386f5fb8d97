/** What an operator did, or wanted to do. Instants are epoch milliseconds. */
export interface AuditEntry {
  readonly atMs: number;
  readonly nodeId: string;
  /** Who it was, as the console or the host says it; `host` for the process that the scheduler is embedded in. */
  readonly by: string;
  readonly action: AuditAction;
  readonly key?: string;
  readonly plugin?: string;
  readonly runId?: string;
  readonly note?: string;
  /** Why it was refused; absent when it was done. */
  readonly refusal?: string;
}

export const AUDIT_ACTIONS = [
  'trigger',
  'pause',
  'resume',
  'abort',
  'set-position',
  'reload',
  'install',
  'uninstall',
  'drain',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Which entries to return: the newest ones. */
export interface AuditQuery {
  readonly key?: string;
  /** Exclusive, epoch milliseconds. */
  readonly until?: number;
  /** 1 to 1,001: one more than a page has tells whether there are more. Default 100. */
  readonly limit?: number;
}

/** Whether an entry is one that a query asks for, whatever the limit. */
export function isAskedFor({ key, atMs }: AuditEntry, query: AuditQuery): boolean {
  return (query.key === undefined || query.key === key) && (query.until === undefined || atMs < query.until);
}
