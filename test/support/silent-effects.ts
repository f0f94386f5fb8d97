import type { ScheduleEffects } from '../../src/supervisor/schedules/actor.ts';

/** Effects that do nothing and never answer: a test sends the facts itself. */
export const SILENT_EFFECTS: ScheduleEffects = {
  acquire: () => new Promise(() => {}),
  dispatch: () => ({ follow: () => {} }),
  record: () => new Promise(() => {}),
  abort: () => {},
  release: () => {},
  look: () => {},
  settleOverlap: () => {},
  settleAborted: () => {},
};
