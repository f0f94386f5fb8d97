/** What came of a story, as text of at most 80 columns. */
import type { Explanation } from '../../../src/index.ts';
import { wrapped } from '../text/wrapped.ts';
import { wrongExplanations } from './judge.ts';
import type { PlayedStory } from './play.ts';

/** What stands for the reasons for which occurrences did not run. */
const LETTERS: Readonly<Record<string, string>> = {
  policy: 'p',
  superseded: 's',
  'max-catchup': 'c',
  'max-late': 'l',
  overlap: 'o',
  contended: 't',
};

export const HEADING = [
  `${columns('story', 'set', 'backend', 'runs')}${columnsEnd('not run', 'warn', 'explain')}`,
  wrapped(
    `Runs are counted by the pass. Not run, for the reason: ${Object.entries(LETTERS)
      .map(([reason, letter]) => `${letter} ${reason}`)
      .join(', ')}.`,
    '  ',
  ).join('\n'),
].join('\n');

export interface Judged {
  readonly played: PlayedStory;
  readonly problems: readonly string[];
}

export function rowOf({ played, problems }: Judged): string {
  const { story, backend, explanations } = played;
  const right = explanations.length - wrongExplanations(played).length;
  return [
    columns(story.name, story.when, backend, runsByPass(played)) +
      columnsEnd(notRun(played), String(warned(played)), `${right}/${explanations.length}`) +
      (problems.length === 0 ? ' ok' : ' FAIL'),
    ...toldOf(played).flatMap((text) => wrapped(text, '  ')),
  ].join('\n');
}

function columns(...texts: readonly [string, string, string, string]): string {
  const [name, when, backend, runs] = texts;
  return `${name.padEnd(17)}${when.padEnd(8)}${backend.padEnd(9)}${runs.padEnd(9)}`;
}

function columnsEnd(missed: string, warnings: string, explained: string): string {
  return `${missed.padEnd(21)}${warnings.padStart(4)}${explained.padStart(8)}`;
}

/** `41 28`: 41 runs in the first pass, 28 of occurrences that came a second time. */
function runsByPass({ records }: PlayedStory): string {
  const ran = records.filter(({ threadId }) => threadId !== undefined);
  const passes = Map.groupBy(ran, (record) => (record as { readonly pass?: number }).pass ?? 1);
  return [...passes.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([, ofPass]) => ofPass.length)
    .join(' ');
}

function notRun({ decisions }: PlayedStory): string {
  const counts = new Map<string, number>();
  for (const { outcome, reason = outcome, count } of decisions) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].map(([reason, count]) => `${LETTERS[reason] ?? `${reason} `}${short(count)}`).join(' ') || '-';
}

/** `2e8` for a large number. */
function short(count: number): string {
  return count < 10_000 ? String(count) : count.toExponential(0).replace('+', '');
}

function warned({ warnings }: PlayedStory): number {
  return warnings.length;
}

/** The warnings, each once, and how two occurrences were explained: an interval and the daily one, in the last phase. */
function toldOf({ warnings, explanations }: PlayedStory): string[] {
  const codes = Map.groupBy(warnings, ({ code }) => code);
  const last = (key: string): Explanation | undefined => explanations.findLast((each) => each.key === key);
  return [
    ...[...codes].map(([code, same]) => `${same.length} × ${code}: ${same[0]?.message}`),
    ...['p/run-once', 'p/daily'].flatMap((key) => last(key) ?? []).map(({ key, text }) => `${key}: ${text}`),
  ];
}
