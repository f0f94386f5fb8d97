/** The result of a campaign as text of at most 80 columns. */
import { wrapped } from '../text/wrapped.ts';
import type { CampaignResult, ScenarioResult } from './campaign.ts';
import { HARMS, type Problem } from './judge.ts';
import { fullName } from './scenario.ts';

/** What each kind of harm is called in the last lines. */
const TOTALS: Readonly<Record<Problem['harm'], string>> = {
  process: 'ended the process',
  supervisor: 'ended the supervisor',
  stop: 'hung stop()',
  neighbour: 'harmed the neighbour',
  outcome: 'ended with a wrong outcome',
};

export function tableOf({ results, quietMs }: CampaignResult): string {
  const kinds = [...new Set(results.map(({ scenario }) => scenario.kind))];
  const failed = results.filter(({ problems }) => problems.length > 0);
  return [
    `${'kind'.padEnd(24)}${'scenarios'.padStart(10)}${'passed'.padStart(10)}`,
    ...kinds.map((kind) =>
      rowOf(
        kind,
        results.filter(({ scenario }) => scenario.kind === kind),
      ),
    ),
    rowOf('all', results),
    '',
    ...failed.flatMap(linesOf),
    ...(failed.length > 0 ? [''] : []),
    ...totalsOf(results, quietMs),
  ].join('\n');
}

/** One scenario, as it is told while the campaign runs. */
export function lineOf({ scenario, problems, latestMs, report }: ScenarioResult): string {
  const verdict = problems.length === 0 ? 'ok  ' : 'FAIL';
  return `${verdict} ${fullName(scenario).padEnd(48)}${`${Math.round(latestMs)} ms`.padStart(9)}${`${Math.round(report.peakMb)} MB`.padStart(10)}`;
}

function rowOf(kind: string, results: readonly ScenarioResult[]): string {
  const passed = results.filter(({ problems }) => problems.length === 0).length;
  return `${kind.padEnd(24)}${String(results.length).padStart(10)}${String(passed).padStart(10)}`;
}

function linesOf({ scenario, problems }: ScenarioResult): string[] {
  return [
    `FAIL ${fullName(scenario)}${scenario.containedBy === 'process' ? ' (needs a process of its own)' : ''}`,
    ...problems.flatMap(({ expected, came }) =>
      wrapped(expected === '' ? came : `expected ${expected}; came ${came}`, '     '),
    ),
  ];
}

/** A scenario counts once, under the worst that it did. */
function totalsOf(results: readonly ScenarioResult[], quietMs: number): string[] {
  const worst = results.map(({ problems }) => HARMS.find((harm) => problems.some((problem) => problem.harm === harm)));
  const latestMs = Math.max(0, ...results.map((result) => result.latestMs));
  const left = results.reduce((sum, { report }) => sum + report.leftProcesses, 0);
  return [
    ...HARMS.map((harm) => `${String(worst.filter((each) => each === harm).length).padStart(4)} ${TOTALS[harm]}`),
    `${String(results.filter(({ problems }) => problems.length === 0).length).padStart(4)} of ${results.length} were contained`,
    `latest start of the neighbour: ${Math.round(latestMs)} ms late; beside nothing hostile ${Math.round(quietMs)} ms`,
    `processes that plugins left behind, and that were ended: ${left}`,
  ];
}
