/** Runs in a process or a thread of BullMQ. */
import { job } from '../job.mjs';

export default async ({ name }) => job(name);
