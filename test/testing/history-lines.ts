import type { Decision, RunRecord } from '../../src/machines/run.ts';

/**
 * A run in a line: `11:00 catch-up pass 2`, with its date when it is not that of most tests, and its outcome unless it
 * succeeded.
 */
export function runLine({ scheduledAtMs, trigger, outcome, recoveryOf, pass }: RunRecord): string {
  const how = `${trigger === 'clock' ? '' : ` ${trigger}`}${pass === undefined ? '' : ` pass ${pass}`}`;
  const end = outcome === 'succeeded' ? '' : ` ${outcome}`;
  return `${clockTime(scheduledAtMs)}${how}${end}${recoveryOf === undefined ? '' : ` for ${recoveryOf}`}`;
}

/** A decision in a line: `missed-skipped policy 2`. */
export function decisionLine({ outcome, reason, count }: Decision): string {
  return [outcome, reason, count].filter((part) => part !== undefined).join(' ');
}

function clockTime(atMs: number): string {
  const text = new Date(atMs).toISOString();
  const time = text.endsWith(':00.000Z') ? text.slice(11, 16) : text.slice(11, -1);
  return text.startsWith('2026-03-05') ? time : `${text.slice(5, 10)} ${time}`;
}
