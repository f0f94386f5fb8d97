import type { CampaignOptions } from './campaign.ts';

const SCHEDULES = 6;

/**
 * Schedules of a second that run for no time, under `run-all`, in processes that are killed outright. There are as many
 * threads, most of which have not loaded the plugin yet when the first run comes, and loading it may take longer than a
 * second: so runs wait while the next occurrence falls due.
 */
export const catchUpOptions: Pick<CampaignOptions, 'schedules' | 'lifeMs' | 'diesInCommits' | 'loadMs' | 'maxThreads'> =
  {
    schedules: Array.from({ length: SCHEDULES }, (_, index) => ({
      id: `s${index}`,
      periodMs: 1_000,
      policy: 'run-all',
      runMs: 0,
    })),
    lifeMs: { least: 300, most: 3_000, from: 'start' },
    diesInCommits: false,
    loadMs: 1_500,
    maxThreads: SCHEDULES,
  };
