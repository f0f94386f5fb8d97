import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin } from '../../../src/plugin.ts';
import type { AccessLogLine } from '../access-log.ts';
import { readAccessLog } from '../access-log-reader.ts';
import { milliseconds, table } from '../table.ts';

interface Options {
  readonly logFolder: string;
  readonly reportFolder: string;
}

/** One line of the report. */
export interface RouteReport {
  readonly route: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The content of `reports/access.json`. */
export interface AccessReport {
  readonly scheduledAt: string;
  readonly files: readonly string[];
  readonly requests: number;
  readonly routes: readonly RouteReport[];
}

/** Counts requests and their latency by route, over all logs that still exist. */
export default definePlugin((install) => {
  const { logFolder, reportFolder } = install.options as unknown as Options;
  return {
    name: 'access-report',
    schedules: () => [{ id: 'totals', description: 'Requests and latency by route', cron: '3s' }],

    async run(ctx) {
      const { files, lines } = await readAccessLog(logFolder);
      const routes = [...Map.groupBy(lines, ({ path }) => routeOf(path))].map(([route, group]) =>
        measured(route, group),
      );
      const report: AccessReport = {
        scheduledAt: new Date(ctx.scheduledAtMs).toISOString(),
        files,
        requests: lines.length,
        routes: routes.toSorted((a, b) => b.requests - a.requests),
      };
      await writeWhole(join(reportFolder, 'access.json'), `${JSON.stringify(report, null, 2)}\n`);
      await writeWhole(join(reportFolder, 'access.txt'), `${asText(report)}\n`);
      ctx.log.info({ requests: report.requests, files: files.length }, 'access report written');
    },
  };
});

function routeOf(path: string): string {
  return path.replace(/\/\d+$/, '/:revision');
}

function measured(route: string, lines: readonly AccessLogLine[]): RouteReport {
  const durations = lines.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  const percentile = (percent: number): number =>
    durations[Math.max(Math.ceil((percent / 100) * durations.length) - 1, 0)] ?? 0;
  return {
    route,
    requests: lines.length,
    errors: lines.filter(({ status }) => status >= 400).length,
    p50Ms: percentile(50),
    p95Ms: percentile(95),
    p99Ms: percentile(99),
    maxMs: percentile(100),
  };
}

function asText({ scheduledAt, requests, files, routes }: AccessReport): string {
  const rows = routes.map((route) => [
    route.route,
    String(route.requests),
    String(route.errors),
    ...[route.p50Ms, route.p95Ms, route.p99Ms, route.maxMs].map(milliseconds),
  ]);
  const headings = ['route', '>requests', '>errors', '>p50', '>p95', '>p99', '>max'];
  return [`${requests} requests in ${files.length} logs, at ${scheduledAt}`, '', ...table(headings, rows)].join('\n');
}

/** Writes the file so that readers see the old report or the new one, and never a part of one. */
async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}
