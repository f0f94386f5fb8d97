import { job } from './job.mjs';

export function task() {
  job('task');
}
