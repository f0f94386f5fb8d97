export type { VirtualPlugin } from './plugin-shelf.ts';
export type { Random, RunDuration } from './run-duration.ts';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.ts';
export { createVirtualScheduler, type VirtualScheduler } from './virtual-scheduler.ts';
export type { Duration, VirtualSchedulerOptions } from './virtual-scheduler-options.ts';
