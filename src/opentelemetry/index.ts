export { type InstrumentOptions, instrumentScheduler } from './instrument-scheduler.ts';
