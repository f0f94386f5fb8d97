/** What plugins have measured under one name with the same tags, since the supervisor thread started. */
export interface PluginMetric {
  readonly plugin: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** The value that came last, and when, epoch milliseconds. */
  readonly last: number;
  readonly lastAtMs: number;
}
