/** Writes one structured line. The phrase is fixed, so that logs can be searched for it; all data is in the fields. */
export type WriteLine = (fields: Readonly<Record<string, unknown>>, phrase: string) => void;

/** The scheduler's own log. Called from the supervisor thread; never blocks and never throws. */
export interface Logger {
  readonly trace: WriteLine;
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  readonly fatal: WriteLine;
  /** A copy of a plugin's fields without secrets: what of them may be written, sent or kept anywhere. */
  readonly redact: (fields: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Resolves when everything written so far is with the operating system, or cannot get there. */
  flush(): Promise<void>;
}
