import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  /** How long it takes from start to end; null: until a person ends it. */
  readonly forMs: number | null;
  /** For logs and the scheduler's state. Those of an earlier demonstration are removed. */
  readonly folder: string;
}

const DEFAULT_FOLDER = join(import.meta.dirname, 'var');
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;
/** The servers start and get warm in that time. */
const MIN_FOR_MS = 5_000;

export const USAGE = `Usage: npm start -- [--for 20s] [--folder <path>]

  --for <duration>  press the keys by itself, and end after that long with the
                    verdict (default: until q; without a terminal 20s)
  --folder <path>   for logs and the scheduler's state, which replace those of the
                    last time (default: examples/side-by-side/var)`;

/** @throws Error that says which options and durations are valid. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { for: { type: 'string' }, folder: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
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
  throw new Error(`--for "${text}" is not valid: it must be a duration from 5s, such as 20s, 7500ms or 2m.`);
}
