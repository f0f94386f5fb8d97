/**
 * Leaves of the declarations in a folder what its entries export, and what that is made of. Most of what the compiler
 * writes describes the inside of the package, which nobody can import.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { type ParseResult, parseSync } from 'oxc-parser';

type Statement = ParseResult['program']['body'][number];

/** What is kept of a file, by the names of its top level. */
interface DeclarationFile {
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly declared: ReadonlyMap<string, readonly Statement[]>;
  /** Where names come from that are imported or passed on: file and name there, `*` for all of it. */
  readonly imported: ReadonlyMap<string, readonly [specifier: string, name: string]>;
  readonly passedOn: ReadonlyMap<string, readonly [specifier: string | null, name: string]>;
  readonly passesOnAll: readonly string[];
  readonly kept: Set<string>;
  readonly exported: Set<string>;
}

const ALL = '*';

/** `entries` are paths below the folder, without an extension. Files of which nothing is kept are removed. */
export function pruneDeclarations(folder: string, entries: readonly string[]): void {
  const files = new Map(
    globSync('**/*.d.{ts,cts}', { cwd: folder }).map((path) => [
      path.replaceAll(sep, '/'),
      read(readFileSync(join(folder, path), 'utf8')),
    ]),
  );
  for (const entry of entries) keepExport(files, `${entry}.d.ts`, ALL);
  for (const [path, file] of files) {
    if (file.kept.size + file.exported.size === 0) rmSync(join(folder, path));
    else writeFileSync(join(folder, path), textOf(file));
  }
}

function read(text: string): DeclarationFile {
  const statements = parseSync('file.d.ts', text).program.body;
  const named = statements.flatMap((statement) => declaredBy(statement).map((name) => [name, statement] as const));
  const declared = new Map(
    [...Map.groupBy(named, ([name]) => name)].map(([name, pairs]) => [name, pairs.map(([, statement]) => statement)]),
  );
  const passesOnAll = statements.flatMap((each) => (each.type === 'ExportAllDeclaration' ? [each.source.value] : []));
  const imported = new Map(statements.flatMap(importedBy));
  const passedOn = new Map(statements.flatMap(passedOnBy));
  return { text, statements, declared, imported, passedOn, passesOnAll, kept: new Set(), exported: new Set() };
}

function importedBy(statement: Statement): [local: string, from: readonly [string, string]][] {
  if (statement.type !== 'ImportDeclaration') return [];
  return statement.specifiers.map(({ local, ...specifier }) => {
    const name = 'imported' in specifier ? nameOf(specifier.imported) : ALL;
    return [local.name, [statement.source.value, name]];
  });
}

function passedOnBy(statement: Statement): [exported: string, from: readonly [string | null, string]][] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const specifier = statement.source?.value ?? null;
  return statement.specifiers.map(({ local, exported }) => [nameOf(exported), [specifier, nameOf(local)]]);
}

type Files = ReadonlyMap<string, DeclarationFile>;

/** Keeps an export, or all of them. Packages keep theirs. */
function keepExport(files: Files, path: string, name: string): void {
  const file = files.get(path);
  if (file === undefined || file.exported.has(name)) return;
  file.exported.add(name);
  if (name === ALL) {
    for (const one of [...file.declared.keys(), ...file.passedOn.keys()]) keepExport(files, path, one);
    for (const specifier of file.passesOnAll) keepExport(files, pathOf(path, specifier), ALL);
    return;
  }
  const [specifier, original] = file.passedOn.get(name) ?? [null, name];
  if (specifier !== null) keepExport(files, pathOf(path, specifier), original);
  else if (file.declared.has(original) || file.imported.has(original)) keepName(files, path, original);
  else for (const other of file.passesOnAll) keepExport(files, pathOf(path, other), name);
}

function keepName(files: Files, path: string, name: string): void {
  const file = files.get(path);
  if (file === undefined || file.kept.has(name)) return;
  const origin = file.imported.get(name);
  const statements = file.declared.get(name) ?? [];
  if (origin === undefined && statements.length === 0) return;
  file.kept.add(name);
  if (origin !== undefined) keepExport(files, pathOf(path, origin[0]), origin[1]);
  for (const used of namesIn(statements)) {
    if (used.startsWith('.')) keepExport(files, pathOf(path, used), ALL);
    else keepName(files, path, used);
  }
}

/** The names that a piece of syntax mentions, and the files that it imports types from. */
function namesIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(namesIn);
  const { type, name, source } = node as { readonly type?: string; readonly name?: unknown; readonly source?: unknown };
  const own = type === 'Identifier' && typeof name === 'string' ? [name] : [];
  const file = type === 'TSImportType' ? [(source as { readonly value: string }).value] : [];
  return [...own, ...file, ...Object.values(node).flatMap(namesIn)];
}

function declaredBy(statement: Statement): readonly string[] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration === null) return [];
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) => ('name' in id ? [id.name] : []));
  }
  const named = 'id' in declaration ? declaration.id : null;
  return named !== null && typeof named === 'object' && 'name' in named ? [String(named.name)] : [];
}

function nameOf(name: { readonly name: string } | { readonly value: string }): string {
  return 'name' in name ? name.name : name.value;
}

function pathOf(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(from), specifier.replace(/\.([cm]?)[jt]s$/, '.d.$1ts'));
}

/** With specifiers that end as the files of the package do. Without `export {}`, all that is declared is exported. */
function textOf(file: DeclarationFile): string {
  let endOfLast = 0;
  const parts = file.statements.flatMap((statement) => {
    const before = file.text.slice(endOfLast, statement.start);
    endOfLast = statement.end;
    const text = keptOf(statement, before, file);
    return text === null ? [] : [{ text, isOpen: /^(?:Ex|Im)port/.test(statement.type) }];
  });
  const isOpen = parts.every((part) => part.isOpen);
  return [...parts.map(({ text }) => text), ...(isOpen ? [] : ['export {};']), ''].join('\n');
}

function keptOf(statement: Statement, before: string, file: DeclarationFile): string | null {
  const { kept, exported } = file;
  if (statement.type === 'ExportAllDeclaration') {
    return exported.size > 0 ? `export * from '${withJs(statement.source.value)}';` : null;
  }
  if (statement.type === 'ImportDeclaration') {
    const specifiers = statement.specifiers.filter(({ local }) => kept.has(local.name));
    const keyword = statement.importKind === 'type' ? 'import type' : 'import';
    return importing(
      keyword,
      specifiers.map((each) => specifierText(file, each)),
      statement.source.value,
    );
  }
  if (statement.type === 'ExportNamedDeclaration' && statement.declaration === null) {
    const specifiers = statement.specifiers.filter((each) => exported.has(nameOf(each.exported)));
    const keyword = statement.exportKind === 'type' ? 'export type' : 'export';
    return importing(
      keyword,
      specifiers.map((each) => specifierText(file, each)),
      statement.source?.value ?? null,
    );
  }
  if (!declaredBy(statement).some((name) => kept.has(name))) return null;
  const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(before)?.[0] ?? '';
  const text = file.text.slice(statement.start, statement.end);
  return tabbed(comment + text.replace(/(?<=import\(["'])\.[^"']+(?=["']\))/g, withJs));
}

function specifierText(
  file: DeclarationFile,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  return file.text.slice(start, end);
}

function importing(keyword: string, specifiers: readonly string[], source: string | null): string | null {
  if (specifiers.length === 0) return null;
  const [first = ''] = specifiers;
  const names = first.startsWith('*') ? first : `{ ${specifiers.join(', ')} }`;
  return `${keyword} ${names}${source === null ? '' : ` from '${withJs(source)}'`};`;
}

/** The compiler indents by four blanks, which are a twentieth of what it writes. */
function tabbed(text: string): string {
  return text.replace(/^(?: {4})+/gm, (blanks) => '\t'.repeat(blanks.length / 4));
}

function withJs(specifier: string): string {
  return specifier.startsWith('.') ? specifier.replace(/\.([cm]?)ts$/, '.$1js') : specifier;
}
