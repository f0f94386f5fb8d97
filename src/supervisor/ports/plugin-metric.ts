/** What plugins have measured under one name with the same tags, since the supervisor thread started. */
export interface PluginMetric {
  /** The name of the plugin. */
  readonly plugin: string;
  /** For whom the plugin is installed; absent for all. */
  readonly tenantId?: string;
  /** The site of the tenant; absent for all of them. */
  readonly siteId?: string;
  /** The name of the figure. */
  readonly name: string;
  /** What tells figures of one name apart. */
  readonly tags: Readonly<Record<string, string>>;
  /** How many values there were. */
  readonly count: number;
  /** The sum of the values. */
  readonly sum: number;
  /** The least value. */
  readonly min: number;
  /** The greatest value. */
  readonly max: number;
  /** The value that came last, and when, epoch milliseconds. */
  readonly last: number;
  /** When the newest value came, in epoch milliseconds. */
  readonly lastAtMs: number;
}
