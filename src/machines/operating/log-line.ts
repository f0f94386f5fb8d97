/** From the least serious to the most. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** How serious a log line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line that a run logged. */
export interface LogLine {
  /** When it was written, in epoch milliseconds. */
  readonly atMs: number;
  /** How important it is. */
  readonly level: LogLevel;
  /** The text. */
  readonly message: string;
  /** The fields, as the plugin gave them. */
  readonly fields?: Readonly<Record<string, unknown>>;
}
