/** Wrong arguments of the public methods. Each has to be refused, and to change nothing. */
import { nextOccurrences } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import type { Scenario } from '../scenario.ts';

/** The public type forbids all of these, so the methods are called as JavaScript calls them. */
type Callable = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

const KEY = 'neighbour/a';

const ARGUMENTS: readonly (readonly [method: string, name: string, ...args: readonly unknown[]])[] = [
  ['trigger', 'null', null],
  ['trigger', 'a-number', 5],
  ['trigger', 'a-trap', new Proxy({}, { get: () => trap() })],
  ['trigger', 'text-of-50-mb', 'x'.repeat(5e7)],
  ['install', 'null', null],
  ['install', 'a-number', 5],
  ['install', 'no-module', {}],
  ['install', 'options-that-are-no-data', { module: './x.js', options: { call: () => {} } }],
  ['install', 'options-of-wrong-kinds', { module: './x.js', options: { big: 1n, map: new Map() } }],
  ['pause', 'null', KEY, null],
  ['pause', 'a-note-that-is-a-number', KEY, { note: 5 }],
  ['pause', 'a-note-of-50-mb', KEY, { note: 'x'.repeat(5e7) }],
  ['pause', 'no-key', undefined],
  ['resume', 'no-key'],
  ['setPosition', 'no-instant', KEY],
  ['setPosition', 'too-large-an-instant', KEY, 1e300],
  ['reload', 'a-number', 5],
  ['uninstall', 'undefined', undefined],
  ['explain', 'too-large-an-instant', KEY, 1e300],
  ['explain', 'no-instant', KEY],
  ['explain', 'an-invalid-date', KEY, new Date(Number.NaN)],
  ['explain', 'no-key', null, 0],
  ['history', 'a-negative-limit', { limit: -1 }],
  ['history', 'a-limit-without-end', { limit: Number.POSITIVE_INFINITY }],
  ['history', 'an-unknown-field', { keys: [KEY] }],
  ['history', 'a-word-as-an-instant', { since: 'yesterday' }],
  ['history', 'an-unknown-outcome', { outcome: 'fine' }],
  ['history', 'null', null],
  ['history', 'a-key-that-is-an-object', { key: { toString: () => KEY } }],
];

function trap(): never {
  throw new Error('trap');
}

/** After what was refused the scheduler answers as before, and a right `stop()` works: every scenario ends with one. */
function refused(name: string, call: (bench: HostBench) => unknown): Scenario {
  return { name, expect: {}, lingerMs: 200, drive: (bench) => bench.refuses(() => call(bench)) };
}

const STOPS: Readonly<Record<string, unknown>> = {
  nan: { drainMs: Number.NaN },
  'a-text': { drainMs: '10s' },
  negative: { drainMs: -1 },
  'null-as-drain': { drainMs: null },
  'an-unknown-field': { drain: 5 },
  null: null,
  'a-big-integer': { drainMs: 10n },
};

const OCCURRENCES: Readonly<Record<string, readonly unknown[]>> = {
  'a-number': [5],
  'no-options': ['@daily', null],
  'a-word-as-an-instant': ['@daily', { from: 'yesterday' }],
  'a-count-without-end': ['@daily', { count: Number.POSITIVE_INFINITY }],
};

export const ARGUMENTS_OF_METHODS: readonly Scenario[] = [
  ...ARGUMENTS.map(([method, name, ...args]) =>
    refused(`${method}-${name}`, ({ scheduler }) =>
      (scheduler as unknown as Callable)[method]?.apply(scheduler, [...args]),
    ),
  ),
  ...Object.entries(STOPS).map(([name, argument]) =>
    refused(`stop-${name}`, ({ scheduler }) => (scheduler as unknown as Callable)['stop']?.call(scheduler, argument)),
  ),
  ...Object.entries(OCCURRENCES).map(([name, args]) =>
    refused(`next-occurrences-${name}`, () =>
      (nextOccurrences as unknown as (...given: readonly unknown[]) => unknown)(...args),
    ),
  ),
];
