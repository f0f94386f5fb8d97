import { type CdfLine, cdfChart } from '../pictures/cdf-chart.ts';
import type { PhaseAnalysis } from './phase-summary.ts';
import type { Variant } from './variants.ts';

const COLORS: Readonly<Record<string, string>> = {
  escapement: '#2f9e6e',
  'node-cron': '#d9822b',
  'node-cron background': '#3b78c4',
  croner: '#8a63d2',
};

/** Start lateness of every system under one load, and the queueing minimum of the first, Escapement. */
export function latenessPicture(analyses: readonly PhaseAnalysis[], load: Variant['load']): string {
  const [ours] = analyses;
  const lines = analyses.map(
    ({ summary, startLatenessMs }): CdfLine => ({
      name: summary.system,
      values: startLatenessMs,
      color: COLORS[summary.system] ?? '#7a8391',
      isDashed: false,
    }),
  );
  const minimum: CdfLine = {
    name: 'queueing minimum',
    values: ours?.queueingMinimumMs ?? [],
    color: '#7a8391',
    isDashed: true,
  };
  const { schedules, workMs, threads, busyMs, freeMs, arrivals } = load;
  const jobs = workMs === 0 ? 'trivial runs' : `runs of ${workMs} ms CPU`;
  const how = arrivals === 'spread' ? 'spread over the second' : 'all due at the start of the second';
  const host = busyMs === 0 ? 'an idle host' : `a host thread blocked for ${busyMs} ms of every ${busyMs + freeMs}`;
  return cdfChart({
    title: `How late runs start on ${busyMs === 0 ? 'an idle' : 'a blocked'} host`,
    subtitles: [
      `${schedules} ${jobs} a second, ${how}, on ${host}`,
      `escapement runs them on ${threads} pool threads${analyses.length > 1 ? ', node-cron and croner on the host thread' : ''}`,
    ],
    xLabel: 'start lateness in ms (logarithmic): left is better',
    minX: 0.1,
    maxX: 10 ** Math.ceil(Math.log10(Math.max(1, ...lines.flatMap(({ values }) => values)))),
    lines: [minimum, ...lines],
  });
}
