/**
 * What the host's process saw, as lines of JSON in a file. Each is written at once and synchronously: the file tells
 * how far the process came, however it ended.
 */
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export type Fact =
  /** The scheduler runs, and the neighbour has started a few times. From here on its lateness counts. */
  | { readonly fact: 'ready'; readonly atMs: number }
  | { readonly fact: 'neighbour-started'; readonly key: string; readonly atMs: number; readonly scheduledAtMs: number }
  | { readonly fact: 'neighbour-ended'; readonly key: string; readonly outcome: string; readonly error: string }
  | { readonly fact: 'hostile-ended'; readonly key: string; readonly outcome: string; readonly error: string }
  | { readonly fact: 'refused'; readonly code: string; readonly message: string }
  | { readonly fact: 'warning'; readonly code: string; readonly message: string }
  /** The scheduler gave up. */
  | { readonly fact: 'error'; readonly message: string }
  | { readonly fact: 'problem'; readonly text: string }
  | { readonly fact: 'stopping'; readonly atMs: number; readonly limitMs: number }
  | { readonly fact: 'stopped'; readonly tookMs: number }
  | { readonly fact: 'stop-hung' }
  /** Nothing is left to do, so the process should end by itself. */
  | { readonly fact: 'done' }
  | { readonly fact: 'lingers'; readonly resources: readonly string[] };

export type FactOf<Kind extends Fact['fact']> = Extract<Fact, { fact: Kind }>;

export function factsFile(folder: string): string {
  return join(folder, 'facts.jsonl');
}

/** Opened once, because something hostile may use up all descriptors. */
let descriptor: number | null = null;

export function writeFact(folder: string, fact: Fact): void {
  descriptor ??= openSync(factsFile(folder), 'a');
  writeSync(descriptor, `${JSON.stringify(fact)}\n`);
}

/** A process that died in the middle of a line leaves half of one behind. */
export function readFacts(folder: string): Fact[] {
  if (!existsSync(factsFile(folder))) return [];
  const lines = readFileSync(factsFile(folder), 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Fact);
}

export function ofKind<Kind extends Fact['fact']>(facts: readonly Fact[], kind: Kind): FactOf<Kind>[] {
  return facts.filter((fact): fact is FactOf<Kind> => fact.fact === kind);
}
