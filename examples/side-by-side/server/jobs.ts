/** A job that both lanes have. */
export interface Job {
  readonly id: string;
  readonly description: string;
  readonly cron: string;
  /** What `cron` says, as numbers: due at this second of a minute, and every so many seconds after it. */
  readonly fromSecond: number;
  readonly everySeconds: number;
  /** How long its work takes on an idle core. */
  readonly workMs: number;
}

export const REPORT: Job = {
  id: 'report',
  description: 'Adds up the orders',
  cron: '* * * * * *',
  fromSecond: 0,
  everySeconds: 1,
  workMs: 30,
};

export const JOBS: readonly Job[] = [
  REPORT,
  {
    id: 'thumbnails',
    description: 'Makes small pictures of large ones',
    cron: '*/2 * * * * *',
    fromSecond: 0,
    everySeconds: 2,
    workMs: 80,
  },
  {
    id: 'index',
    description: 'Builds the index for the search',
    cron: '3-59/6 * * * * *',
    fromSecond: 3,
    everySeconds: 6,
    workMs: 250,
  },
];

/** Whether the job is due at this instant, in epoch milliseconds. */
export function isDueAt({ fromSecond, everySeconds }: Job, atMs: number): boolean {
  const second = (atMs / 1_000) % 60;
  return second >= fromSecond && (second - fromSecond) % everySeconds === 0;
}
