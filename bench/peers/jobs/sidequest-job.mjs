import { Job } from 'sidequest';

/** Runs in a thread of Sidequest. The work is loaded there, and not where the class is only named. */
export class BenchJob extends Job {
  async run(schedule) {
    const { job } = await import('./job.mjs');
    job(schedule);
  }
}
