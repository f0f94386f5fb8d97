/**
 * Reads what the architecture rules need of one source file, from its syntax tree: what it imports, in every form, and
 * which globals and dear forms of syntax it uses. A name that is a property, a key or part of a type is not a use of the
 * global.
 */
import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';

/** `path` is relative to `src`, with forward slashes. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface Import {
  /** A path relative to `src` for a file, else the specifier as written; `null` if it is computed at run time. */
  readonly target: string | null;
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** A dynamic import runs later: it closes no cycle at load. */
  readonly dynamic: boolean;
  readonly line: number;
}

export interface GlobalUse {
  /** `setTimeout`, `Date.now`, `new Date()`, or one of `BORN_OLD`. */
  readonly name: string;
  readonly line: number;
}

export interface ScannedSource {
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  readonly uses: readonly GlobalUse[];
  readonly reExportsOnly: boolean;
}

/** A syntax tree node, as loosely as a generic walk needs it. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** Nodes that only wrap a value in a type: what is inside runs. Every other `TS…` node is erased. */
const TRANSPARENT = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSInstantiationExpression',
]);
/** Forms whose objects V8 allocates among the old ones: see docs/decisions/0025. */
export const BORN_OLD = { accessor: 'an accessor in a literal', method: 'a function literal assigned to a property' };

const GLOBAL_OBJECTS = new Set(['globalThis', 'global']);

/** @throws Error when the file does not parse. */
export function scan({ path, text }: SourceText): ScannedSource {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`src/${path} does not parse: ${errors[0].message}`);
  const imports: Import[] = [];
  const uses: GlobalUse[] = [];
  const lineOf = (node: SyntaxNode) => text.slice(0, node.start).split('\n').length;
  walk(program as unknown as SyntaxNode, null, (node, parent, erased) => {
    const request = importOf(node);
    if (request !== null) imports.push({ ...located(request, path), line: lineOf(node) });
    const name = erased ? null : (globalOf(node, parent) ?? bornOld(node, parent));
    if (name !== null) uses.push({ name, line: lineOf(node) });
  });
  const lineCount = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const reExportsOnly = program.body.every(
    (statement) => 'source' in statement && statement.type.startsWith('Export') && statement.source !== null,
  );
  return { path, lineCount, imports, uses, reExportsOnly };
}

type Visit = (node: SyntaxNode, parent: SyntaxNode | null, erased: boolean) => void;

function walk(node: SyntaxNode, parent: SyntaxNode | null, visit: Visit, erased = false): void {
  const erasedHere = erased || (node.type.startsWith('TS') && !TRANSPARENT.has(node.type));
  visit(node, parent, erasedHere);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, node, visit, erasedHere);
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

type Request = Pick<Import, 'typeOnly' | 'dynamic'> & { readonly source: string | null };

function importOf(node: SyntaxNode): Request | null {
  switch (node.type) {
    case 'ImportDeclaration':
      return { source: literal(node['source']), typeOnly: node['importKind'] === 'type', dynamic: false };
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      if (!isNode(node['source'])) return null;
      return { source: literal(node['source']), typeOnly: node['exportKind'] === 'type', dynamic: false };
    case 'ImportExpression':
      return { source: literal(node['source']), typeOnly: false, dynamic: true };
    case 'CallExpression':
      if (identifier(node['callee']) !== 'require') return null;
      return { source: literal((node['arguments'] as unknown[])[0]), typeOnly: false, dynamic: true };
    case 'TSImportType':
      return { source: literal(node['source']), typeOnly: true, dynamic: false };
    default:
      return null;
  }
}

function literal(node: unknown): string | null {
  if (!isNode(node) || node.type !== 'Literal' || typeof node['value'] !== 'string') return null;
  return node['value'];
}

function located({ source, ...rest }: Request, path: string): Omit<Import, 'line'> {
  if (source === null) return { ...rest, target: null, specifier: '(computed)' };
  const target = source.startsWith('.') ? posix.join(posix.dirname(path), source) : source;
  return { ...rest, target, specifier: source };
}

function globalOf(node: SyntaxNode, parent: SyntaxNode | null): string | null {
  if (node.type === 'NewExpression') {
    const bare = identifier(node['callee']) === 'Date' && (node['arguments'] as unknown[]).length === 0;
    return bare ? 'new Date()' : null;
  }
  if (node.type === 'MemberExpression') {
    const object = identifier(node['object']);
    const property = node['computed'] === true ? literal(node['property']) : identifier(node['property']);
    if (object === null || property === null) return null;
    return GLOBAL_OBJECTS.has(object) ? property : `${object}.${property}`;
  }
  return node.type === 'Identifier' && isReference(node, parent) ? identifier(node) : null;
}

function bornOld(node: SyntaxNode, parent: SyntaxNode | null): string | null {
  if (node.type === 'Property' && parent?.type === 'ObjectExpression') {
    return node['kind'] === 'get' || node['kind'] === 'set' ? BORN_OLD.accessor : null;
  }
  const { left, right } = node;
  if (node.type !== 'AssignmentExpression' || !isNode(left) || !isNode(right)) return null;
  const isFunction = right.type === 'ArrowFunctionExpression' || right.type === 'FunctionExpression';
  return isFunction && left.type === 'MemberExpression' ? BORN_OLD.method : null;
}

function identifier(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' ? (node['name'] as string) : null;
}

function isReference(node: SyntaxNode, parent: SyntaxNode | null): boolean {
  if (parent === null) return true;
  if (parent.type === 'MemberExpression') return parent['object'] === node || parent['computed'] === true;
  if (parent.type.startsWith('Import') || parent.type.startsWith('Export')) return false;
  return !('key' in parent && parent['key'] === node && parent['computed'] !== true && parent['shorthand'] !== true);
}
