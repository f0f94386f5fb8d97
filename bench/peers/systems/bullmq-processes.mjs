import { bullmq } from './bullmq.mjs';

export const { cannot, start } = bullmq(false);
