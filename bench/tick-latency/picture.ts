import { type CdfLine, cdfChart } from '../pictures/cdf-chart.ts';
import type { LoadParameters } from './load.ts';
import type { PhaseAnalysis } from './phase-summary.ts';

const COLORS: Readonly<Record<string, string>> = { escapement: '#2f9e6e', 'node-cron': '#d9822b', croner: '#8a63d2' };

/** Start lateness of every system, and the queueing minimum of the first, Escapement. */
export function latenessPicture(analyses: readonly PhaseAnalysis[], load: Omit<LoadParameters, 'arrivals'>): string {
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
  const { schedules, workMs, threads, duty } = load;
  const how = ours?.summary.arrivals === 'spread' ? 'spread over the second' : 'all due at the start of the second';
  return cdfChart({
    title: 'How late runs start on a blocked host',
    subtitles: [
      `${schedules} runs a second of ${workMs} ms CPU, ${how}, on a host thread blocked ${Math.round(duty * 100)} % of the time`,
      `escapement runs them on ${threads} pool threads${analyses.length > 1 ? ', the others on the host thread' : ''}`,
    ],
    xLabel: 'start lateness in ms (logarithmic): left is better',
    minX: 0.1,
    maxX: 10 ** Math.ceil(Math.log10(Math.max(1, ...lines.flatMap(({ values }) => values)))),
    lines: [minimum, ...lines],
  });
}
