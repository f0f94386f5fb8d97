import { type DeclaredTimes, isSameCalendar, type Registration, type ScheduleEntry } from './schedule-entries.ts';
import type { ScheduleState } from './schedule-state.ts';

/** One event in a schedule's life, kept to explain the past. */
export interface LifeEvent {
  readonly key: string;
  readonly atMs: number;
  readonly kind: 'registered' | 'changed' | 'enabled' | 'disabled' | 'paused' | 'resumed' | 'faulted' | 'forgotten';
  readonly note?: string;
  /** How it was declared from then on. */
  readonly declared?: DeclaredTimes;
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
    case 'forgotten':
      return state === undefined ? [] : [{ key: entry.key, atMs: entry.atMs, kind: 'forgotten' }];
    default:
      return [];
  }
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
