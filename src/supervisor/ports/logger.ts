/** Writes one structured line: a fixed phrase, with the data in fields. */
export type WriteLine = (fields: Readonly<Record<string, unknown>>, phrase: string) => void;

/** The scheduler's own log. Called from the supervisor thread; never blocks and never throws. */
export interface Logger {
  readonly trace: WriteLine;
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  readonly fatal: WriteLine;
  /** Resolves when everything written so far has been handed to the operating system, or cannot be. */
  flush(): Promise<void>;
}
