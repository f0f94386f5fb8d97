/** What the console is written against. The host thread knows it too, and nothing of the console. */
export type { SchedulerSource } from '../supervisor/operator-protocol.ts';
