/** Metric families, before they are written down. */
import type { MetricsReport } from '../../supervisor/observing/metrics-report.ts';
import { visibleMessage } from '../../wire/visible-text.ts';

/** What every name begins with. */
const PREFIX = 'escapement_';

export type Labels = Readonly<Record<string, string>>;

/** One line of the exposition. */
export interface Sample {
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  /** A sentence. */
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /**
   * No two of them have the same suffix and labels: a scrape with such a pair is refused as a whole. All have their labels
   * in one order.
   */
  readonly samples: readonly Sample[];
}

/** Values in classes, as the supervisor reports them, and how many of their units are one of the family's. */
export interface Distribution {
  readonly labels: Labels;
  readonly of: MetricsReport['latenessMs']['total'];
  readonly perUnit: number;
}

/** Label values come from plugins and tenants, and may hold anything. */
export function labelsOf(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, visibleMessage(value)]));
}

/** `_total` is added to the name. */
export function counter(name: string, help: string, value: number | readonly Sample[]): Family {
  return family('counter', `${name}_total`, help, value);
}

export function gauge(name: string, help: string, value: number | readonly Sample[]): Family {
  return family('gauge', name, help, value);
}

export function histogram(name: string, help: string, of: readonly Distribution[]): Family {
  return family('histogram', name, help, of.flatMap(histogramSamples));
}

/** Buckets are cumulative: each has what is below its bound. */
function histogramSamples({ labels, of, perUnit }: Distribution): Sample[] {
  let count = 0;
  const buckets = of.counts.map((own, at): Sample => {
    const bound = of.bounds[at];
    count += own;
    const le = bound === undefined ? '+Inf' : `${bound / perUnit}`;
    return { suffix: '_bucket', labels: { ...labels, le }, value: count };
  });
  return [...buckets, { suffix: '_sum', labels, value: of.sum / perUnit }, { suffix: '_count', labels, value: count }];
}

export function family(type: Family['type'], name: string, help: string, value: number | readonly Sample[]): Family {
  const samples = typeof value === 'number' ? [{ labels: {}, value }] : merged(value);
  return { name: `${PREFIX}${name}`, help, type, samples };
}

/** Adds up what has the same labels once they can be written down: two names may differ in a character that cannot. */
function merged(samples: readonly Sample[]): Sample[] {
  const byLabels = new Map<string, Sample>();
  for (const sample of samples) {
    const id = `${sample.suffix} ${JSON.stringify(sample.labels)}`;
    const other = byLabels.get(id);
    byLabels.set(id, other === undefined ? sample : { ...sample, value: other.value + sample.value });
  }
  return [...byLabels.values()];
}
