/**
 * Holds a set of source files to the rules of import-rules.ts and ownership.ts, and says what is wrong, where, and what
 * to do.
 */
import { posix } from 'node:path';
import { type FileImport, findCycle, IMPORT_RULES, matches } from './import-rules.ts';
import { OWNERSHIP, type Ownership } from './ownership.ts';
import { type ScannedSource, type SourceText, scan } from './source-scan.ts';

export interface Violation {
  readonly rule: string;
  /** Relative to `src`. */
  readonly file: string;
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

const MAX_LINES = 250;
const MAX_FILES = 16;
const DRAWERS = /^(utils?|helpers?|common|misc|types|interfaces)$/;

export const SHAPE_RULES = {
  index: 'index.ts only re-exports',
  length: `a file over ${MAX_LINES} lines is two files`,
  crowd: `a folder with more than ${MAX_FILES} files is two folders`,
  drawer: 'no drawers',
  cycle: 'no import cycles',
} as const;

/** The name of every rule that `violations` can report. */
export const ALL_RULES: readonly string[] = [...IMPORT_RULES, ...OWNERSHIP]
  .map(({ rule }) => rule)
  .concat(Object.values(SHAPE_RULES));

export function violations(sources: readonly SourceText[]): Violation[] {
  const files = sources.map(scan);
  return [
    ...files.flatMap(brokenImports),
    ...OWNERSHIP.flatMap((ownership) => files.flatMap((file) => trespasses(ownership, file))),
    ...OWNERSHIP.flatMap((ownership) => secondOwners(ownership, files)),
    ...files.flatMap(misshapen),
    ...crowds(files),
    ...cycles(files),
  ];
}

export function describeViolation({ rule, file, line, found, instead }: Violation): string {
  return `src/${file}:${line} ${found}\n  rule: ${rule}\n  instead: ${instead}`;
}

function brokenImports(file: ScannedSource): Violation[] {
  return file.imports.flatMap((imported) =>
    IMPORT_RULES.filter(({ forbids }) => imported.target !== null && forbids(file.path, imported as FileImport)).map(
      ({ rule, instead }) => ({ rule, file: file.path, line: imported.line, found: describeImport(imported), instead }),
    ),
  );
}

function describeImport({ specifier, typeOnly }: { specifier: string; typeOnly: boolean }): string {
  return `imports ${typeOnly ? 'types of ' : ''}'${specifier}'`;
}

function trespasses(ownership: Ownership, file: ScannedSource): Violation[] {
  return matches(file.path, ownership.owners) ? [] : usesOf(ownership, file);
}

function usesOf(
  { rule, modules = [], globals = [], typesAreFree, instead }: Ownership,
  file: ScannedSource,
): Violation[] {
  const imported = file.imports
    .filter(({ specifier, typeOnly }) => modules.some((name) => covers(name, specifier)) && !(typesAreFree && typeOnly))
    .map((found) => ({ line: found.line, found: describeImport(found) }));
  const used = file.uses
    .filter(({ name }) => globals.includes(name))
    .map(({ name, line }) => ({ line, found: `uses ${name}` }));
  return [...imported, ...used].map((found) => ({ rule, file: file.path, ...found, instead }));
}

function covers(name: string, specifier: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`) || `node:${specifier}` === name;
}

function secondOwners(ownership: Ownership, files: readonly ScannedSource[]): Violation[] {
  if (!ownership.singleFile) return [];
  const owners = files.filter(({ path }) => matches(path, ownership.owners)).map((file) => usesOf(ownership, file));
  return owners
    .filter((uses) => uses.length > 0)
    .slice(1)
    .flat();
}

function misshapen({ path, lineCount, reExportsOnly }: ScannedSource): Violation[] {
  const at = { file: path, line: 1 };
  const found: Violation[] = [];
  if (path === 'index.ts' && !reExportsOnly) {
    found.push({
      ...at,
      rule: SHAPE_RULES.index,
      found: 'declares something',
      instead: 'declare it in a file named after it',
    });
  }
  if (lineCount > MAX_LINES) {
    found.push({
      ...at,
      rule: SHAPE_RULES.length,
      found: `has ${lineCount} lines`,
      instead: 'split it where the duties part',
    });
  }
  const drawer = path
    .replace(/\.tsx?$/, '')
    .split('/')
    .find((word) => DRAWERS.test(word));
  if (drawer !== undefined) {
    found.push({
      ...at,
      rule: SHAPE_RULES.drawer,
      found: `is a drawer: ${drawer}`,
      instead: 'name the file after what owns its content',
    });
  }
  return found;
}

function crowds(files: readonly ScannedSource[]): Violation[] {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  const crowded = [...counts].filter(([, count]) => count > MAX_FILES);
  return crowded.map(([folder, count]) => ({
    rule: SHAPE_RULES.crowd,
    file: folder,
    line: 1,
    found: `has ${count} files`,
    instead: 'split it where the duties part',
  }));
}

function cycles(files: readonly ScannedSource[]): Violation[] {
  const cycle = findCycle(files);
  if (cycle === null) return [];
  const found = `is in a cycle: ${cycle.map((path) => posix.normalize(path)).join(' → ')}`;
  return [
    {
      rule: SHAPE_RULES.cycle,
      file: cycle[0] ?? '',
      line: 1,
      found,
      instead: 'move what both need to a third file, also a type',
    },
  ];
}
