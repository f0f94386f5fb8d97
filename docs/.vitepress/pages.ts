/**
 * Every page of the site, in the order in which somebody new would read them: the sidebar, `llms.txt` and the tests
 * come from this one list. A page of `docs/` that is not here makes a test fail.
 */

export interface SitePage {
  /** In `docs/`, without `.md`. */
  readonly path: string;
  /** What the sidebar calls it: the words of a task where it is one. */
  readonly text: string;
}

export interface SiteGroup {
  readonly title: string;
  /** Whether the sidebar shows it folded at first. */
  readonly isFolded?: boolean;
  readonly pages: readonly SitePage[];
}

const page = (path: string, text: string): SitePage => ({ path, text });

export const GROUPS: readonly SiteGroup[] = [
  {
    title: 'Start',
    pages: [
      page('getting-started', 'Getting started'),
      page('comparison', 'Is it the right tool?'),
      page('glossary', 'Glossary'),
    ],
  },
  {
    title: 'Guides',
    pages: [
      page('guides/retry', 'Retry a run by hand'),
      page('guides/tenants', 'Schedules for each tenant'),
      page('guides/one-off-runs', 'Run something once'),
      page('guides/rate-limits', 'Stay within a rate limit'),
      page('guides/deployment', 'Deploy, and check health'),
      page('guides/backups', 'Back up and restore'),
      page('guides/upgrades', 'Upgrade'),
      page('embedding', 'Embed it in your server'),
      page('bundling', 'Bundle your server'),
      page('docker', 'Run it in Docker'),
      page('testing', 'Test a plugin'),
      page('notifications', 'Be told of failures'),
    ],
  },
  {
    title: 'Move from',
    pages: [
      page('migrating/from-node-cron', 'node-cron'),
      page('migrating/from-node-schedule', 'node-schedule'),
      page('migrating/from-bree', 'Bree'),
      page('migrating/from-agenda', 'Agenda'),
      page('migrating/from-bullmq', 'BullMQ'),
      page('migrating/from-pg-boss', 'pg-boss'),
    ],
  },
  {
    title: 'Reference',
    pages: [
      page('plugins', 'Plugins'),
      page('recurrence', 'Expressions and time'),
      page('configuration', 'Configuration'),
      page('host-functions', 'Host functions'),
      page('guests', 'WASM guests'),
      page('command-line', 'The command line'),
      page('errors', 'Errors'),
    ],
  },
  {
    title: 'Operating',
    pages: [
      page('operations', 'Operations'),
      page('console', 'The console'),
      page('console-page', "The console's page"),
      page('observability', 'Metrics and traces'),
      page('cluster', 'Several nodes'),
    ],
  },
  {
    title: 'Internals',
    pages: [
      page('design', 'Design'),
      page('schedule-machine', 'The life of a schedule'),
      page('benchmarks', 'Benchmarks'),
      page('decisions/README', 'Decisions'),
    ],
  },
];

export const PAGES: readonly SitePage[] = GROUPS.flatMap(({ pages }) => pages);

/** Where the project lives. Pages that are not part of the site are linked there. */
export const HOME = 'https://github.com/escapement-scheduler/escapement';

/** The anchor of a heading as GitHub makes it, so that a link works in both places. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
