/**
 * A state machine of xstate as a table: for each state, what an event leads to. The machine stays the one definition,
 * and xstate reads it; the table is made once, when the module is loaded. A step through it costs about a hundredth of
 * an actor's, and a schedule costs no actor.
 *
 * The table knows what our machines use: states within states, guards, actions at an entry and at a transition, and
 * `assign`. It refuses the rest of xstate when it is made, so that nothing is silently left out.
 */
import type { AnyStateMachine } from 'xstate';

/** What guards and updates look at. */
export interface Scope<C, E> {
  readonly context: C;
  readonly event: E;
}

/** One thing that a transition does. An effect has a name, and is performed elsewhere. */
export type Step<C, E, Effect extends string> =
  | { readonly kind: 'update'; readonly update: (scope: Scope<C, E>) => Partial<C> }
  | { readonly kind: 'effect'; readonly effect: Effect };

export interface Transition<C, E, Effect extends string> {
  /** Null: it is always allowed. */
  readonly guard: ((scope: Scope<C, E>) => boolean) | null;
  readonly target: TableState<C, E, Effect>;
  /** In their order. */
  readonly steps: readonly Step<C, E, Effect>[];
}

export interface TableState<C, E, Effect extends string> {
  /** The name of the outermost state that it lies in. */
  readonly name: string;
  /** The names from the outermost to its own, joined by dots. */
  readonly path: string;
  /** By the type of the event; the first that is allowed is taken. */
  readonly transitions: ReadonlyMap<string, readonly Transition<C, E, Effect>[]>;
}

/** The states by path; a state that has states within it stands for the first of them. */
export type TransitionTable<C, E, Effect extends string> = ReadonlyMap<string, TableState<C, E, Effect>>;

type Node = AnyStateMachine['root'];
type Action = Node['entry'][number];
type Definition = NonNullable<ReturnType<Node['transitions']['get']>>[number];

/** The transition that an event leads to; undefined when the event changes nothing. */
export function transitionFor<C, E extends { readonly type: string }, Effect extends string>(
  state: TableState<C, E, Effect>,
  scope: Scope<C, E>,
): Transition<C, E, Effect> | undefined {
  const candidates = state.transitions.get(scope.event.type);
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (candidate.guard === null || candidate.guard(scope)) return candidate;
  return undefined;
}

/**
 * @param effects The actions that are effects. Every other action has to be an `assign`.
 * @throws TypeError when the machine uses something that the table does not know.
 */
export function transitionTable<C, E extends { readonly type: string }, Effect extends string>(
  machine: AnyStateMachine,
  effects: ReadonlySet<Effect>,
): TransitionTable<C, E, Effect> {
  return new TableMaker<C, E, Effect>(machine, effects).make();
}

class TableMaker<C, E extends { readonly type: string }, Effect extends string> {
  readonly #machine: AnyStateMachine;
  readonly #effects: ReadonlySet<Effect>;
  readonly #states = new Map<string, TableState<C, E, Effect>>();

  constructor(machine: AnyStateMachine, effects: ReadonlySet<Effect>) {
    this.#machine = machine;
    this.#effects = effects;
  }

  make(): TransitionTable<C, E, Effect> {
    const nodes = leavesOf(this.#machine.root);
    const open = nodes.map((node) => {
      const transitions = new Map<string, Transition<C, E, Effect>[]>();
      this.#states.set(pathOf(node), { name: node.path[0] as string, path: pathOf(node), transitions });
      return { node, transitions };
    });
    for (const { node, transitions } of open) this.#fill(node, transitions);
    const all = new Map(this.#states);
    for (const node of insidesOf(this.#machine.root)) all.set(pathOf(node), this.#stateOf(node));
    return all;
  }

  /** What a state does not answer, the state around it does. */
  #fill(leaf: Node, transitions: Map<string, Transition<C, E, Effect>[]>): void {
    for (const node of [leaf, ...ancestorsOf(leaf)]) {
      refuseUnknown(node);
      for (const [type, definitions] of node.transitions) {
        const known = transitions.get(type) ?? [];
        transitions.set(type, known);
        for (const definition of definitions) known.push(this.#transition(leaf, node, definition));
      }
    }
  }

  #transition(leaf: Node, source: Node, { target, actions, guard }: Definition): Transition<C, E, Effect> {
    const entered = target?.[0] === undefined ? [] : enteredBetween(leaf, source, target[0]);
    return {
      guard: this.#guard(guard),
      target: this.#stateOf(entered.at(-1) ?? leaf),
      steps: [...actions, ...entered.flatMap(({ entry }) => entry)].map((action) => this.#step(action)),
    };
  }

  #stateOf(node: Node): TableState<C, E, Effect> {
    const state = this.#states.get(pathOf(firstLeafOf(node)));
    if (state === undefined) throw new TypeError(`the machine has no state "${node.id}"`);
    return state;
  }

  #guard(guard: unknown): ((scope: Scope<C, E>) => boolean) | null {
    if (guard === undefined) return null;
    const implementation = this.#machine.implementations.guards[guard as string];
    if (typeof implementation !== 'function') throw new TypeError(`a guard has no name that is known: ${guard}`);
    return implementation as unknown as (scope: Scope<C, E>) => boolean;
  }

  #step(action: Action): Step<C, E, Effect> {
    const { type, params } = typeof action === 'object' ? action : { type: action, params: undefined };
    if (this.#effects.has(type as Effect)) return { kind: 'effect', effect: type as Effect };
    const implementation = typeof type === 'string' ? this.#machine.implementations.actions[type] : type;
    const { assignment } = (implementation ?? {}) as { assignment?: unknown };
    if (typeof assignment === 'function') return { kind: 'update', update: (scope) => assignment(scope, params) };
    if (!isPlain(assignment)) throw new TypeError(`the action "${type}" is neither an effect nor an assignment`);
    return { kind: 'update', update: () => assignment as Partial<C> };
  }
}

/** The states that are entered on the way from a leaf to the target of a transition of `source`; the last is a leaf. */
function enteredBetween(leaf: Node, source: Node, target: Node): Node[] {
  const within = target !== source && ancestorsOf(target).includes(source);
  const left = within ? source : commonAncestor(leaf, target);
  const above = ancestorsOf(target);
  const entered = [...above.slice(0, above.indexOf(left)).reverse(), target];
  for (let node = target; node.type === 'compound'; entered.push(node)) node = node.initial.target[0] as Node;
  return entered;
}

/** From the nearest to the root. */
function ancestorsOf({ parent }: Node): Node[] {
  const ancestors: Node[] = [];
  for (let node = parent; node !== undefined; node = node.parent) {
    ancestors.push(node);
  }
  return ancestors;
}

function commonAncestor(node: Node, other: Node): Node {
  const others = ancestorsOf(other);
  return ancestorsOf(node).find((ancestor) => others.includes(ancestor)) as Node;
}

function childrenOf({ states }: Node): Node[] {
  return Object.values(states) as Node[];
}

function leavesOf(node: Node): Node[] {
  return childrenOf(node).flatMap((child) => (child.type === 'atomic' ? [child] : leavesOf(child)));
}

/** The states that have states within them, but for the root. */
function insidesOf(node: Node): Node[] {
  return childrenOf(node).flatMap((child) => (child.type === 'atomic' ? [] : [child, ...insidesOf(child)]));
}

function firstLeafOf(node: Node): Node {
  return node.type === 'compound' ? firstLeafOf(node.initial.target[0] as Node) : node;
}

function pathOf({ path }: Node): string {
  return path.join('.');
}

function refuseUnknown({ type, exit, invoke, always, after, transitions, id }: Node): void {
  const isKnown = type === 'atomic' || type === 'compound';
  const definitions = [...transitions.values()].flat();
  const isPlainEvent = [...transitions.keys()].every((event) => !event.includes('*'));
  const isPlainEntry = definitions.every(({ reenter }) => !reenter);
  const extras = exit.length + invoke.length + (always?.length ?? 0) + after.length;
  if (isKnown && isPlainEvent && isPlainEntry && extras === 0) return;
  throw new TypeError(`state "${id}": only transitions at events, and actions at an entry, are known here`);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((field) => typeof field !== 'function');
}
