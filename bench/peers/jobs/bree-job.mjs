/** Bree starts a thread with this file for each run. */
import { workerData } from 'node:worker_threads';
import { job } from './job.mjs';

job(workerData.job.name);
