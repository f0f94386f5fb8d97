import type { ScheduleStateName } from '../../../supervisor/scheduler-reports.ts';
import type { Tone } from '../words/outcomes.ts';

const STATES: Readonly<Record<ScheduleStateName, readonly [word: string, tone: Tone | 'live']>> = {
  idle: ['Idle', 'mute'],
  locking: ['Locking', 'live'],
  running: ['Running', 'live'],
  recording: ['Recording', 'live'],
  quarantined: ['Quarantined', 'bad'],
  paused: ['Paused', 'warn'],
  faulted: ['Faulted', 'bad'],
  disabled: ['Disabled', 'mute'],
};

export const STATE_NAMES = Object.keys(STATES) as readonly ScheduleStateName[];

export function stateWord(state: ScheduleStateName): string {
  return STATES[state][0];
}

/** Beside the state of a schedule of which nothing has succeeded for too long. */
export function SilentMark() {
  return <span class="state bad silent">Silent</span>;
}

/** The state of a schedule: a dot and its word. */
export function StateMark({ state }: { readonly state: ScheduleStateName }) {
  const [word, tone] = STATES[state];
  return <span class={`state ${tone} ${state}`}>{word}</span>;
}
