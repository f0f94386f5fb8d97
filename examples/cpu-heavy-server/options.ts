import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** The options of the example's command line. */
export interface ExampleOptions {
  /** How long the example drives load at itself before it ends; null: until Ctrl-C. */
  readonly forMs: number | null;
  /**
   * The folder for logs, cache and reports. Everything from an earlier start is removed, except the scheduler's state.
   */
  readonly folder: string;
}

const DEFAULT_FOLDER = join(import.meta.dirname, 'var');
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;
const MIN_FOR_MS = 3_000;

export const USAGE = `Usage: npm start -- [--for 20s] [--folder <path>]

  --for <duration>  drive load for that long, print the table and end (default: until Ctrl-C)
  --folder <path>   working folder (default: ${DEFAULT_FOLDER}); the scheduler's state in it survives`;

/** @throws Error that says which durations are valid. */
export function readOptions(args: readonly string[]): ExampleOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { for: { type: 'string' }, folder: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) return 'help';
  return {
    forMs: values.for === undefined ? null : durationMs(values.for),
    folder: values.folder ?? DEFAULT_FOLDER,
  };
}

function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  const forMs = Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (forMs >= MIN_FOR_MS) return forMs;
  throw new Error(`--for "${text}" is not valid: it must be a duration from 3s, such as 20s, 4500ms or 2m.`);
}
