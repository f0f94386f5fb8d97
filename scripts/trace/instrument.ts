/** Puts a mark at the start of every function of a module, so that entering the function can be recorded. */
import { parseSync } from 'oxc-parser';

export interface TracedFunction {
  /** Relative to `src`, with forward slashes. */
  readonly file: string;
  /** With what it is nested in: `Engine.#listen › isActive`. */
  readonly name: string;
  /** Made by another function when that runs, and no member of a class. */
  readonly isClosure: boolean;
  /** Its body is one call and nothing else. */
  readonly onlyForwards: boolean;
}

export interface Instrumented {
  readonly code: string;
  /** In the order of their ids. */
  readonly functions: readonly TracedFunction[];
}

/** A syntax tree node, as loosely as a generic walk needs it. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** What surrounds a node. */
interface Scope {
  readonly className: string;
  /** The name of the function around it; empty at the top of a module. */
  readonly functionName: string;
  /** The name that the node is given by what it is the value of. */
  readonly given: string | null;
  readonly isMember: boolean;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const CLASSES = new Set(['ClassDeclaration', 'ClassExpression']);
const CLASS_MEMBERS = new Set(['MethodDefinition', 'PropertyDefinition', 'AccessorProperty']);
/** Around a call these change nothing about the function being a detour. */
const WRAPPERS: Readonly<Record<string, string>> = {
  AwaitExpression: 'argument',
  ChainExpression: 'expression',
  ExpressionStatement: 'expression',
  ParenthesizedExpression: 'expression',
  ReturnStatement: 'argument',
  UnaryExpression: 'argument',
};

/**
 * `code` is JavaScript. Each function calls the global `mark` with its id, counted from `firstId`, before its body.
 * @throws Error when the code does not parse.
 */
export function instrument(file: string, code: string, mark: { name: string; firstId: number }): Instrumented {
  const { program, errors } = parseSync(`${file}.js`, code, { sourceType: 'module' });
  if (errors[0] !== undefined) throw new Error(`${file} does not parse: ${errors[0].message}`);
  const functions: TracedFunction[] = [];
  const insertions: Insertion[] = [];
  const top: Scope = { className: '', functionName: '', given: null, isMember: false };
  walk(program as unknown as SyntaxNode, top, (node, name, { functionName, isMember }) => {
    const body = node['body'] as SyntaxNode;
    insertions.push(...markBody(body, `${mark.name}(${mark.firstId + functions.length})`));
    functions.push({ file, name, isClosure: functionName !== '' && !isMember, onlyForwards: isOneCall(body) });
  });
  return { code: inserted(code, insertions), functions };
}

type Visit = (node: SyntaxNode, name: string, scope: Scope) => void;

function walk(node: SyntaxNode, scope: Scope, visit: Visit): void {
  if (FUNCTIONS.has(node.type)) visit(node, nameOfFunction(node, scope), scope);
  const inner = scopeWithin(node, scope);
  const given = nameForValue(node, inner.className);
  const isMember = CLASS_MEMBERS.has(node.type);
  for (const [field, value] of Object.entries(node)) {
    const isValue = field === 'value' || field === 'init';
    const childScope = { ...inner, given: isValue ? given : null, isMember: isMember && isValue };
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, childScope, visit);
  }
}

function scopeWithin(node: SyntaxNode, scope: Scope): Scope {
  if (FUNCTIONS.has(node.type)) return { ...scope, functionName: nameOfFunction(node, scope) };
  if (CLASSES.has(node.type)) return { ...scope, className: identifier(node['id']) ?? scope.given ?? 'class' };
  return scope;
}

function nameOfFunction(node: SyntaxNode, { functionName, given, isMember }: Scope): string {
  const own = identifier(node['id']) ?? given;
  if (isMember || functionName === '') return own ?? 'closure';
  return `${functionName} › ${own ?? 'closure'}`;
}

/** The name that a variable, a property or a member of a class gives to its value; null for other nodes. */
function nameForValue(node: SyntaxNode, className: string): string | null {
  if (node.type === 'VariableDeclarator') return identifier(node['id']);
  if (node.type === 'Property') return keyOf(node);
  if (!CLASS_MEMBERS.has(node.type)) return null;
  if (node['kind'] === 'constructor') return `new ${className}`;
  const accessor = node['kind'] === 'get' || node['kind'] === 'set' ? `${node['kind']} ` : '';
  return `${accessor}${className}.${keyOf(node)}`;
}

function keyOf(node: SyntaxNode): string {
  const key = node['key'] as SyntaxNode;
  if (key.type === 'PrivateIdentifier') return `#${key['name']}`;
  return node['computed'] === true ? '[computed]' : (identifier(key) ?? String(key['value']));
}

/** A concise body stays one: the mark comes before the value in the same expression. */
function markBody(body: SyntaxNode, call: string): Insertion[] {
  if (body.type === 'BlockStatement') return [{ at: body.start + 1, text: `${call};` }];
  return [
    { at: body.start, text: `(${call},(` },
    { at: body.end, text: '))' },
  ];
}

function inserted(code: string, insertions: readonly Insertion[]): string {
  let result = '';
  let done = 0;
  for (const { at, text } of insertions.toSorted((one, other) => one.at - other.at)) {
    result += code.slice(done, at) + text;
    done = at;
  }
  return result + code.slice(done);
}

function isOneCall(body: SyntaxNode): boolean {
  if (body.type === 'BlockStatement') {
    const statements = body['body'] as SyntaxNode[];
    return statements.length === 1 && isOneCall(statements[0] as SyntaxNode);
  }
  const wrapped = WRAPPERS[body.type];
  if (wrapped === undefined) return body.type === 'CallExpression';
  const child = body[wrapped];
  return isNode(child) && isOneCall(child);
}

function identifier(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' ? (node['name'] as string) : null;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
