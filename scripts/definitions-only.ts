/**
 * Bundles of xstate what defines machines, and leaves out what executes them: the supervisor steps through a table that is
 * made from the definition (docs/decisions/0002). What executes is three quarters of xstate, and no bundler can tell that
 * nobody calls it, because a machine has it as methods.
 */
import { type ParseResult, parseSync } from 'oxc-parser';
import type { Plugin } from 'rolldown';

type Statement = ParseResult['program']['body'][number];
type ClassElement = Extract<Statement, { readonly superClass: unknown }>['body']['body'][number];

interface Span {
  readonly start: number;
  readonly end: number;
}

const PACKAGE = 'xstate';
/** It begins as a path does, so that no rule on packages takes it for one. */
const DEFINING = '/\0machine-definitions';
/** The one action that belongs to definitions is `assign`, and `setup` brings along all others. */
const DEFINING_CODE = `
import { assign, createMachine } from '${PACKAGE}';
export { assign };
export const setup = ({ actions, guards }) => ({
  createMachine: (config) => createMachine(config, { actions, guards }),
});
`;

const EMPTY_BODY = '{throw Error()}';
/** What executes: what actions and guards do in an actor, and methods of machines and states. */
const EXECUTING_FUNCTIONS = new Set([
  'evaluateGuard',
  'executeCancel',
  'executeRaise',
  'resolveAssign',
  'resolveCancel',
  'resolveRaise',
]);
const EXECUTING_METHODS: Readonly<Record<string, ReadonlySet<string>>> = {
  StateNode: new Set(['definition', 'next']),
  StateMachine: new Set([
    'provide',
    'resolveState',
    'transition',
    'microstep',
    'getTransitionData',
    '_getPreInitialState',
    'getInitialSnapshot',
    'start',
    'getPersistedSnapshot',
    'restoreSnapshot',
  ]),
};

/** A plugin of the bundler. What was left out throws when it is called. */
export const definitionsOnly: Plugin = {
  name: 'definitions-only',
  resolveId(id, importer) {
    if (id !== PACKAGE) return null;
    return importer === DEFINING ? this.resolve(PACKAGE, import.meta.filename, { skipSelf: true }) : DEFINING;
  },
  load: (id) => (id === DEFINING ? { code: DEFINING_CODE, moduleSideEffects: false } : null),
  transform: (code, id) =>
    /[\\/]node_modules[\\/]xstate[\\/]/.test(id) ? { code: withoutExecution(code), map: null } : null,
};

/** Of the same length, so that maps lead to the right places without another. */
function withoutExecution(code: string): string {
  return executingBodies(code).reduce((text, { start, end }) => {
    const blank = text.slice(start + EMPTY_BODY.length, end).replace(/[^\n]/g, ' ');
    return text.slice(0, start) + EMPTY_BODY + blank + text.slice(end);
  }, code);
}

function executingBodies(code: string): readonly Span[] {
  return parseSync('xstate.mjs', code).program.body.flatMap((statement) => {
    if (statement.type === 'ClassDeclaration') return executingMethods(statement.id?.name ?? '', statement.body.body);
    if (statement.type !== 'FunctionDeclaration' || statement.body === null) return [];
    return EXECUTING_FUNCTIONS.has(statement.id?.name ?? '') ? [statement.body] : [];
  });
}

function executingMethods(name: string, members: readonly ClassElement[]): readonly Span[] {
  const executing = EXECUTING_METHODS[name];
  if (executing === undefined) return [];
  return members.flatMap((member) => {
    if (member.type !== 'MethodDefinition' || member.key.type !== 'Identifier') return [];
    return executing.has(member.key.name) && member.value.body !== null ? [member.value.body] : [];
  });
}
