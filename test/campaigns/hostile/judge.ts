/** Says what was wrong with a scenario, from what its process did and from what it wrote down. */
import { type Fact, type FactOf, ofKind } from './facts.ts';
import type { Expectation, KindOfScenario } from './scenario.ts';
import type { ProcessReport } from './scenario-process.ts';

/** What a fault did, the worst first. */
export const HARMS = ['process', 'supervisor', 'stop', 'neighbour', 'outcome'] as const;

export interface Problem {
  readonly harm: (typeof HARMS)[number];
  /** Empty when `came` says all. */
  readonly expected: string;
  readonly came: string;
}

export interface Verdict {
  readonly problems: readonly Problem[];
  /** How late the neighbour was at worst, in milliseconds. */
  readonly latestMs: number;
}

/** How late a neighbour may be, beyond what it is without anything hostile beside it. */
const MAX_LATE_MS = 300;
const PERIOD_MS = 100;
/** Outcomes of a neighbour that no plugin has to do with: it was stopped, or its last run had not ended yet. */
const HARMLESS = new Set(['succeeded', 'overlap', 'aborted', 'missed-skipped']);

/** @param quietMs How late the neighbour is at worst when nothing is hostile. */
export function judge(scenario: KindOfScenario, report: ProcessReport, quietMs: number): Verdict {
  const { facts } = report;
  const latestMs = scenario.neighbourMayWait ? 0 : latenessOf(facts);
  const problems = [
    ...endOf(report),
    ...supervisorOf(facts, scenario.expect.restarts ?? 0),
    ...stopOf(facts),
    ...(scenario.neighbourMayWait ? [] : neighbourOf(facts, latestMs, quietMs)),
    ...hostileOf(scenario, facts),
    ...ofKind(facts, 'problem').map(({ text }): Problem => ({ harm: 'outcome', expected: '', came: text })),
    ...tracesOf(scenario.expect, report),
  ];
  return { problems, latestMs };
}

function endOf({ facts, exitCode, signal, killedFor, peakMb, output }: ProcessReport): Problem[] {
  const expected = 'the process ends by itself with 0';
  if (ofKind(facts, 'stop-hung').length > 0) return [];
  const [lingers] = ofKind(facts, 'lingers');
  const isDone = ofKind(facts, 'done').length > 0;
  if (lingers !== undefined) return [{ harm: 'process', expected, came: `kept by ${lingers.resources.join(', ')}` }];
  if (killedFor === 'memory') return [{ harm: 'process', expected, came: `killed at ${Math.round(peakMb)} MB` }];
  if (killedFor === 'time') {
    return [{ harm: 'process', expected, came: isDone ? 'it does not exit' : 'it did not come to its end in time' }];
  }
  if (exitCode === 0 && isDone) return [];
  const reason =
    output
      .trim()
      .split('\n')
      .find((line) => /error|fatal/i.test(line)) ?? '';
  const how = signal ?? `exit code ${exitCode}${isDone ? '' : ' too early'}`;
  return [{ harm: 'process', expected, came: `${how} ${reason.trim().slice(0, 300)}` }];
}

function supervisorOf(facts: readonly Fact[], restarts: number): Problem[] {
  const restarted = ofKind(facts, 'warning').filter(({ code }) => code === 'supervisor-restarted');
  const gaveUp = ofKind(facts, 'error');
  return [
    ...(restarted.length > restarts ? restarted.slice(0, 1) : []).map(
      ({ message }): Problem => ({
        harm: 'supervisor',
        expected: restarts === 0 ? 'the supervisor lives' : `${restarts} restarts`,
        came: `${restarted.length} restarts: ${message.trim()}`,
      }),
    ),
    ...gaveUp.map(({ message }): Problem => ({ harm: 'supervisor', expected: 'no error event', came: message })),
  ];
}

function stopOf(facts: readonly Fact[]): Problem[] {
  const [stopping] = ofKind(facts, 'stopping');
  if (stopping === undefined) return [];
  const expected = `stop() within ${stopping.limitMs} ms`;
  if (ofKind(facts, 'stop-hung').length > 0) return [{ harm: 'stop', expected, came: 'not within 3 s more' }];
  return ofKind(facts, 'stopped')
    .filter(({ tookMs }) => tookMs > stopping.limitMs)
    .map(({ tookMs }): Problem => ({ harm: 'stop', expected, came: `${tookMs} ms` }));
}

function neighbourOf(facts: readonly Fact[], latestMs: number, quietMs: number): Problem[] {
  const harmed = ofKind(facts, 'neighbour-ended').filter(({ outcome }) => !HARMLESS.has(outcome));
  const [first] = harmed;
  return [
    ...(latestMs <= quietMs + MAX_LATE_MS
      ? []
      : [{ harm: 'neighbour' as const, expected: LATE, came: `${Math.round(latestMs)} ms late` }]),
    ...(first === undefined
      ? []
      : [
          {
            harm: 'neighbour' as const,
            expected: 'every run of the neighbour succeeds',
            came: `${harmed.length} did not: ${first.outcome} ${first.error}`,
          },
        ]),
  ];
}

/** What the table says when the neighbour was only late, which a busy machine may be to blame for. */
export const LATE = `the neighbour at most ${MAX_LATE_MS} ms later than without it`;

/**
 * A start that comes late, and a start that never comes, which is a gap between two others. Of several lives of a
 * scheduler only the last one counts.
 */
export function latenessOf(facts: readonly Fact[]): number {
  const ready = ofKind(facts, 'ready').at(-1);
  if (ready === undefined) return 0;
  const endAtMs = ofKind(facts, 'stopping').at(-1)?.atMs ?? null;
  const untilMs = endAtMs ?? Number.POSITIVE_INFINITY;
  const starts = ofKind(facts, 'neighbour-started').filter(({ atMs }) => atMs > ready.atMs && atMs <= untilMs);
  const late = starts.map(({ atMs, scheduledAtMs }) => atMs - scheduledAtMs);
  const gaps = ['neighbour/a', 'neighbour/b'].flatMap((key) => {
    const instants = starts.filter((start) => start.key === key).map(({ atMs }) => atMs);
    const ends = [ready.atMs, ...instants, ...(endAtMs === null ? [] : [endAtMs])];
    return ends.slice(1).map((atMs, index) => atMs - (ends[index] as number) - PERIOD_MS);
  });
  return Math.max(0, ...late, ...gaps);
}

function hostileOf({ plugin, expect, drive, times = 1 }: KindOfScenario, facts: readonly Fact[]): Problem[] {
  const refusals = ofKind(facts, 'refused');
  if (expect.refused !== undefined) return refusalOf(expect.refused, refusals[0]);
  const refused = refusals.map(({ code, message }) => `${code} ${message}`);
  const ended = ofKind(facts, 'hostile-ended').filter(({ key }) => key === 'hostile/h');
  const { outcomes } = expect;
  const wrong = ended.filter(({ outcome }) => Array.isArray(outcomes) && !outcomes.includes(outcome as never));
  const isMissing = plugin !== undefined && outcomes !== undefined && drive === undefined && ended.length < times;
  const came = [
    ...refused,
    ...wrong.slice(0, 1).map(({ outcome, error }) => `${outcome} ${error}`),
    ...(isMissing && refused.length === 0 ? [`${ended.length} of ${times} runs were recorded`] : []),
  ];
  const expected = Array.isArray(outcomes) ? outcomes.join(' or ') : 'any recorded outcome';
  return came.map((text): Problem => ({ harm: 'outcome', expected, came: text }));
}

function refusalOf(expected: NonNullable<Expectation['refused']>, refusal: FactOf<'refused'> | undefined): Problem[] {
  const isLoad = refusal?.code === 'ERR_ESCAPEMENT_PLUGIN_LOAD';
  const isDeclaration =
    refusal?.code === 'ERR_ESCAPEMENT_INVALID_PLUGIN' || (isLoad && !/ within \d/.test(refusal.message));
  if (expected === 'while-it-loads' ? isLoad : isDeclaration) return [];
  const came = refusal === undefined ? 'accepted' : `${refusal.code} ${refusal.message}`;
  return [{ harm: 'outcome', expected: `refused ${expected.replaceAll('-', ' ')}`, came }];
}

function tracesOf({ warns, maxResidentMb, leavesNoProcess }: Expectation, report: ProcessReport): Problem[] {
  const warnings = ofKind(report.facts, 'warning');
  const isWarned = warnings.some(({ code, message }) => code === warns && message.includes('hostile'));
  const peakMb = Math.round(report.peakMb);
  return [
    ...(warns === undefined || isWarned
      ? []
      : [{ harm: 'outcome' as const, expected: `a warning ${warns} that names it`, came: codesOf(warnings) }]),
    ...(maxResidentMb === undefined || peakMb <= maxResidentMb
      ? []
      : [{ harm: 'outcome' as const, expected: `at most ${maxResidentMb} MB`, came: `${peakMb} MB` }]),
    ...(leavesNoProcess && report.leftProcesses > 0
      ? [{ harm: 'outcome' as const, expected: 'no process is left', came: `${report.leftProcesses} are` }]
      : []),
  ];
}

function codesOf(warnings: readonly { readonly code: string }[]): string {
  const codes = new Set(warnings.map(({ code }) => code));
  return codes.size === 0 ? 'no warning' : `only ${[...codes].join(', ')}`;
}
