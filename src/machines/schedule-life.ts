import { isInPass, isSetBack, type PositionChange, type Repositioning } from './position/repositioning.ts';
import { type DeclaredTimes, isSameCalendar, type Registration, type ScheduleEntry } from './schedule-entries.ts';
import type { ScheduleState } from './schedule-state.ts';

/** How a position was changed. Instants are epoch milliseconds: see `position/repositioning.ts`. */
export interface PositionEvent {
  /** In which way it was moved. */
  readonly how: PositionChange;
  /** Where it stood before, in epoch milliseconds. */
  readonly fromMs: number;
  /** Where it stands since, in epoch milliseconds. */
  readonly cursorMs: number;
  /** How far it was moved, in milliseconds. */
  readonly byMs?: number;
  /** The pass that it began. */
  readonly pass?: number;
}

export const LIFE_EVENT_KINDS = [
  'registered',
  'changed',
  'enabled',
  'disabled',
  'paused',
  'resumed',
  'faulted',
  'forgotten',
  'repositioned',
] as const;

/** What can happen to a schedule. */
export type LifeEventKind = (typeof LIFE_EVENT_KINDS)[number];

/** One event in a schedule's life, kept to explain the past. */
export interface LifeEvent {
  /** The key of the schedule. */
  readonly key: string;
  /** When it happened, in epoch milliseconds. */
  readonly atMs: number;
  /** What happened to the schedule. */
  readonly kind: LifeEventKind;
  /** What the operator gave as a reason. */
  readonly note?: string;
  /** How it was declared from then on. */
  readonly declared?: DeclaredTimes;
  /** For `repositioned`: what became of its position. */
  readonly position?: PositionEvent;
}

/** The events that an entry adds to a schedule's life. `state` is what it was before the entry. */
export function lifeEvents(state: ScheduleState | undefined, entry: ScheduleEntry): readonly LifeEvent[] {
  switch (entry.kind) {
    case 'registered':
      return registrationEvents(state, entry.registration);
    case 'paused': {
      const { atMs, note } = entry.pause;
      return [{ key: entry.key, atMs, kind: 'paused', ...(note !== undefined && { note }) }];
    }
    case 'resumed':
      return [{ key: entry.key, atMs: entry.atMs, kind: 'resumed', ...(entry.isProbe && { note: 'probe' }) }];
    case 'faulted':
      return [{ key: entry.key, atMs: entry.atMs, kind: 'faulted', note: entry.note }];
    case 'repositioned':
      return state === undefined ? [] : positionEvents(state, entry);
    case 'forgotten':
      return state === undefined ? [] : [{ key: entry.key, atMs: entry.atMs, kind: 'forgotten' }];
    default:
      return [];
  }
}

function positionEvents(state: ScheduleState, change: Repositioning): LifeEvent[] {
  if (!isInPass(state, change)) return [];
  const { key, atMs, how, cursorMs, byMs } = change;
  const position = {
    how,
    fromMs: Math.max(state.cursorMs, change.fromMs),
    cursorMs,
    ...(byMs !== undefined && { byMs }),
    ...(isSetBack(state, change) && { pass: (state.repeat?.pass ?? 1) + 1 }),
  };
  return [{ key, atMs, kind: 'repositioned', position }];
}

function registrationEvents(state: ScheduleState | undefined, registration: Registration): LifeEvent[] {
  const { key, atMs, declared } = registration;
  const events: LifeEvent[] = [];
  if (state === undefined) events.push({ key, atMs, kind: 'registered', declared });
  else if (!isSameCalendar(state.declared, declared) || state.declared.jitterMs !== declared.jitterMs)
    events.push({ key, atMs, kind: 'changed', declared });
  const wasEnabled = state?.declared.isEnabled ?? true;
  if (wasEnabled !== declared.isEnabled) events.push({ key, atMs, kind: declared.isEnabled ? 'enabled' : 'disabled' });
  return events;
}
