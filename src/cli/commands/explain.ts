import { UnknownScheduleError } from '../../errors.ts';
import type { Decision, Explanation, OccurrenceFacts, RunRecord } from '../../index.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import { explain } from '../../machines/explaining/explain.ts';
import { printable } from '../../machines/printable.ts';
import { lastSuccessMs } from '../../machines/watching/silence.ts';
import type { Command, CommandArguments } from '../command.ts';
import { MOMENT, type Moment, readMoment } from '../input/moment.ts';
import { PASSWORD_ADVICE, readStore, STORE_OPTIONS } from '../input/store-path.ts';
import { UsageError } from '../input/usage-error.ts';
import { utcText } from '../output/instant-text.ts';
import { latenessText, paintedOutcome, tookText } from '../output/run-report.ts';
import { alignedRows, type Cell } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { wrapped } from '../output/wrapping.ts';

/**
 * A running scheduler writes a sign of life every five seconds. With one this recent we take it to be running still.
 */
const HEARD_MS = 10_000;

/** `escapement explain`: why did a schedule run, or why not? */
export const explainCommand: Command = {
  name: 'explain',
  parameters: `<key> ${MOMENT}`,
  summary: 'say why a schedule ran or did not run at a time',
  options: {
    ...STORE_OPTIONS,
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'The time is an instant in ISO 8601 (UTC unless it has an offset), "now", or how\nlong ago it was: 90s, 2h.',
    PASSWORD_ADVICE,
    'Example: escapement explain report/nightly 2026-03-29T01:00:00Z',
  ],
  run: async (args, terminal) => {
    const { key, at } = questionOf(args);
    const { explanation, silence } = await readStore(args, async (store, nowMs) => {
      const keys = await store.keys();
      if (!keys.includes(key)) throw new UnknownScheduleError(key, hintFor(key, keys));
      const atMs = at(nowMs);
      const facts = await store.facts(key, atMs);
      const answer = explain(withPresence(facts, nowMs), { key, atMs, nowMs });
      return { explanation: answer, silence: silenceOf(facts.state) };
    });
    if (args.values['json']) terminal.result(JSON.stringify(explanation, null, 2));
    else {
      print(explanation, terminal);
      if (silence !== null) terminal.result(`  ${terminal.paint('yellow', silence)}`);
    }
    return 0;
  },
};

function questionOf({ positionals }: CommandArguments): { readonly key: string; readonly at: Moment } {
  const [key, time, ...others] = positionals;
  if (key === undefined || time === undefined)
    throw new UsageError(
      'explain needs a schedule key and a time: escapement explain report/nightly 2026-03-29T01:00:00Z.',
    );
  if (others.length > 0)
    throw new UsageError(`explain takes a key and a time, but ${positionals.length} words were given.`);
  return { key, at: readMoment('The time', time) };
}

/** The last sign of life is some seconds old. Without this, those seconds would be explained as down time. */
function withPresence(facts: OccurrenceFacts, nowMs: number): OccurrenceFacts {
  const sessions = facts.sessions.map((session) =>
    session.stoppedAtMs === undefined && Math.abs(nowMs - session.seenAtMs) < HEARD_MS
      ? { ...session, seenAtMs: nowMs }
      : session,
  );
  return { ...facts, sessions };
}

/** Whether a watched schedule is silent now. Null if it is not. */
function silenceOf(state: OccurrenceFacts['state']): string | null {
  if (state?.silentSinceMs === undefined) return null;
  const successMs = lastSuccessMs(state);
  const why =
    successMs === undefined ? 'no run has ever succeeded' : `no run has succeeded since ${utcText(successMs)}`;
  return `It has been silent since ${utcText(state.silentSinceMs)}: ${why}.`;
}

function print(explanation: Explanation, terminal: Terminal): void {
  const { key, text, verdict, runs, decision, overlapped, previousAtMs } = explanation;
  // In a pipe the answer is one line.
  const { width = Number.POSITIVE_INFINITY } = terminal;
  for (const line of wrapped(printable(text), width)) terminal.result(line);
  const facts = [
    ...runs.map((run) => runCells('run', run, terminal)),
    ...(overlapped === undefined ? [] : [runCells('met', overlapped, terminal)]),
    ...(decision === undefined ? [] : [decisionCells(decision, terminal)]),
  ];
  for (const line of alignedRows(facts)) terminal.result(`  ${line}`);
  if (verdict === 'not-due' && previousAtMs !== undefined)
    terminal.notice(
      terminal.paintNotice('dim', `The occurrence before it: escapement explain ${key} ${utcText(previousAtMs)}`),
    );
}

function runCells(label: string, run: RunRecord, terminal: Terminal): Cell[] {
  const { runId, trigger, scheduledAtMs } = run;
  return [
    { text: label, paint: (text) => terminal.paint('bold', text) },
    paintedOutcome(run, terminal),
    { text: `due ${utcText(scheduledAtMs)}` },
    { text: `${timingText(run)}, by ${trigger}, ${runId.slice(0, 8)}` },
  ];
}

function timingText(run: RunRecord): string {
  // Only the claim of a lost run is known.
  if (run.outcome === 'lost') return `claimed ${utcText(run.startedAtMs)}`;
  return run.threadId === undefined ? 'never began' : `${latenessText(run)} late, took ${tookText(run)}`;
}

function decisionCells(decision: Decision, terminal: Terminal): Cell[] {
  const { outcome, reason, count, fromMs, untilMs, atMs } = decision;
  const span = count === 1 ? `due ${utcText(fromMs)}` : `${count} from ${utcText(fromMs)} to ${utcText(untilMs)}`;
  return [
    { text: 'decision', paint: (text) => terminal.paint('bold', text) },
    { text: outcome, paint: (text) => terminal.paint('yellow', text) },
    { text: span },
    { text: `${reason === undefined ? '' : `${reason}, `}decided ${utcText(atMs)}` },
  ];
}
