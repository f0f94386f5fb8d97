/** What an entry point of the package exports, where it is declared, and whether it is explained there. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type ParseResult, parseSync } from 'oxc-parser';

type Statement = ParseResult['program']['body'][number];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly statements: readonly Statement[];
}

/**
 * A declaration, or a member of it: `Budget.wallMs`. The comment of a class or an interface explains the members that it
 * names in backticks.
 */
export interface Exported {
  /** The file, relative to the root that was given. */
  readonly file: string;
  readonly name: string;
  readonly isExplained: boolean;
}

/** Everything that `entry` exports, with the members of its interfaces and classes. */
export function exportedBy(root: string, entry: string): readonly Exported[] {
  return declarations(fileAt(join(root, entry)), null).flatMap(([file, statement, name]) => {
    const isExplained = (start: number): boolean => commentBefore(file.text, start) !== '';
    const own = {
      file: relative(root, file.path),
      name,
      isExplained: isExplained(statement.start),
      start: statement.start,
    };
    const members = membersOf(statement).map(({ start, key }) => ({
      file: own.file,
      name: `${name}.${key}`,
      isExplained: isExplained(start) || commentBefore(file.text, statement.start).includes(`\`${key}\``),
    }));
    return [own, ...members];
  });
}

/** Empty if there is none. */
function commentBefore(text: string, start: number): string {
  const before = text.slice(0, start).trimEnd();
  return before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : '';
}

const FILES = new Map<string, SourceFile>();

function fileAt(path: string): SourceFile {
  const known = FILES.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path, 'utf8');
  const file = { path, text, statements: parseSync(path, text).program.body };
  FILES.set(path, file);
  return file;
}

/** The declarations that a file exports, or those of one name. A function may have several. */
function declarations(file: SourceFile, wanted: string | null): readonly [SourceFile, Statement, string][] {
  return file.statements.flatMap((statement): [SourceFile, Statement, string][] => {
    if (statement.type === 'ExportAllDeclaration') {
      return [...declarations(other(file, statement.source.value), wanted)];
    }
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const { source, specifiers, declaration } = statement;
    const passedOn = specifiers.flatMap(({ local, exported }) => {
      const isWanted = wanted === null || nameOf(exported) === wanted;
      return isWanted && source !== null ? declarations(other(file, source.value), nameOf(local)) : [];
    });
    const own = declaration === null ? [] : namesOf(declaration);
    const named = own.filter((name) => wanted === null || name === wanted);
    return [...passedOn, ...named.map((name): [SourceFile, Statement, string] => [file, statement, name])];
  });
}

function other(file: SourceFile, specifier: string): SourceFile {
  return fileAt(join(dirname(file.path), specifier));
}

function nameOf(name: { readonly name: string } | { readonly value: string }): string {
  return 'name' in name ? name.name : name.value;
}

function namesOf(declaration: object): readonly string[] {
  const { id, declarations: several } = declaration as {
    readonly id?: { readonly name: string } | null;
    readonly declarations?: readonly { readonly id: { readonly name: string } }[];
  };
  return [...(several ?? []).map((one) => one.id.name), ...(id ? [id.name] : [])];
}

/** Those that a user can reach. */
function membersOf(statement: Statement): readonly { readonly start: number; readonly key: string }[] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
  const hasMembers = declaration?.type === 'TSInterfaceDeclaration' || declaration?.type === 'ClassDeclaration';
  const members: readonly object[] = hasMembers ? declaration.body.body : [];
  return members.flatMap((member) => {
    const { type, start, key, kind } = member as {
      readonly type: string;
      readonly start: number;
      readonly kind?: string;
      readonly key?: { readonly type: string; readonly name?: string; readonly value?: string };
    };
    // A signature without a name; a class has blocks without one, which are no members.
    if (key === undefined) return type === 'TSCallSignatureDeclaration' ? [{ start, key: '()' }] : [];
    const isReachable =
      key.type !== 'PrivateIdentifier' && kind !== 'constructor' && !('override' in member && member.override);
    return isReachable ? [{ start, key: key.name ?? key.value ?? '?' }] : [];
  });
}
