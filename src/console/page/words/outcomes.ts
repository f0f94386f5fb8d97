import type { Outcome } from '../../../machines/run.ts';

/** How an outcome is meant: what colour and shape it has. */
export type Tone = 'good' | 'bad' | 'warn' | 'odd' | 'mute';
export type Shape = 'disc' | 'cross' | 'triangle' | 'square' | 'diamond' | 'ring' | 'dash';

interface Look {
  readonly word: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

export const OUTCOME_LOOKS: Readonly<Record<Outcome, Look>> = {
  succeeded: { word: 'Succeeded', tone: 'good', shape: 'disc' },
  failed: { word: 'Failed', tone: 'bad', shape: 'cross' },
  'timed-out': { word: 'Timed out', tone: 'warn', shape: 'triangle' },
  'over-budget': { word: 'Over budget', tone: 'warn', shape: 'square' },
  'out-of-memory': { word: 'Out of memory', tone: 'odd', shape: 'square' },
  crashed: { word: 'Crashed', tone: 'bad', shape: 'diamond' },
  aborted: { word: 'Aborted', tone: 'mute', shape: 'ring' },
  'lock-lost': { word: 'Lock lost', tone: 'odd', shape: 'triangle' },
  lost: { word: 'Lost', tone: 'odd', shape: 'diamond' },
  overlap: { word: 'Overlap', tone: 'mute', shape: 'dash' },
  contended: { word: 'Ran elsewhere', tone: 'mute', shape: 'dash' },
  'lock-error': { word: 'Lock error', tone: 'warn', shape: 'dash' },
  'missed-skipped': { word: 'Missed', tone: 'mute', shape: 'dash' },
  'pool-full': { word: 'Pool full', tone: 'warn', shape: 'dash' },
};
