import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { prometheusRegistry, prometheusText } from '../../../src/console/metrics/prometheus.ts';
import type { MetricsReport } from '../../../src/supervisor/observing/metrics-report.ts';
import { MAX_PLUGINS, RunFigures } from '../../../src/supervisor/recording/run-figures.ts';
import { type ExposedFamily, parseExposition } from '../../support/exposition.ts';
import { recordOf } from '../../support/ledger-entries.ts';
import { sourceOfMetrics, startCounting } from '../../support/metrics-source.ts';
import { fixture } from '../../support/scheduler-harness.ts';

/** A report in which nothing has happened, but for what the test says. */
function reportOf(own: Partial<MetricsReport> = {}): MetricsReport {
  const figures = new RunFigures();
  return {
    nodeId: 'node',
    pool: { threads: 2, running: 1, queued: 3, quarantined: 0, threadsReplaced: 4 },
    queue: { scheduled: 5, nextDueAtMs: null },
    clock: { ticks: 6, wakeUps: 7, jumps: 8 },
    store: { name: 'memory', errors: 9, conflicts: 10 },
    locks: { name: null, held: 0, errors: 0, roundTrips: 0 },
    isDraining: false,
    startedAtMs: 1_500,
    restartCount: 2,
    heapBytes: 1_024,
    schedules: { idle: 1, paused: 2, faulted: 3, disabled: 4, failing: 5 },
    plugins: { loaded: 1, refused: 0 },
    nodes: { alive: 1, draining: 0, gone: 0 },
    clockSkewMs: null,
    clockErrorMs: null,
    lastClaimAtMs: null,
    latenessMs: figures.latenessMs(),
    runs: figures.plugins(),
    tenants: [],
    pluginMetrics: [],
    ...own,
  };
}

function pluginMetric(own: Partial<MetricsReport['pluginMetrics'][number]>): MetricsReport['pluginMetrics'][number] {
  return { plugin: 'p', name: 'rows', tags: {}, count: 2, sum: 30, min: 10, max: 20, last: 20, lastAtMs: 5, ...own };
}

/** A report that has something in each of its parts. */
function everything(): MetricsReport {
  const figures = new RunFigures();
  figures.countRun(recordOf('run', 1_000, { threadId: 1 }));
  return reportOf({
    queue: { scheduled: 5, nextDueAtMs: 9_000 },
    runs: figures.plugins(),
    lastClaimAtMs: 2_500,
    clockSkewMs: -40,
    clockErrorMs: 3,
    tenants: [{ tenantId: 'acme', outcomes: { succeeded: 1 }, startedCount: 1, lateMs: 250 }],
    locks: { name: 'redis', held: 1, errors: 2, roundTrips: 3 },
    pluginMetrics: [pluginMetric({})],
  });
}

async function exposed(report: MetricsReport): Promise<Map<string, ExposedFamily>> {
  const text = await prometheusText(sourceOfMetrics(() => report));
  return parseExposition(text?.body ?? '');
}

/** The samples of a family, each as `{labels} value`. */
function lines(families: Map<string, ExposedFamily>, name: string): string[] {
  const samples = families.get(name)?.samples ?? [];
  return samples.map(({ labels, value }) => `${JSON.stringify(labels)} ${value}`);
}

describe('the metrics for Prometheus', () => {
  test('keep the conventions: names, units, and a sentence for each', async () => {
    const families = await exposed(everything());
    expect(families.size).toBeGreaterThan(35);
    for (const { name, type, help, samples } of families.values()) {
      expect(name).toMatch(/^escapement_[a-z_]+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(/_(ms|millis|milliseconds|kb|mb)(_|$)/);
      expect(help).toMatch(/^[A-Z].*[^.]\.$/);
      expect(samples).not.toEqual([]);
    }
    expect(lines(families, 'escapement_last_claim_timestamp_seconds')).toEqual(['{} 2.5']);
    expect(lines(families, 'escapement_clock_skew_seconds')).toEqual(['{} -0.04']);
    expect(lines(families, 'escapement_locks_held')).toEqual(['{"backend":"redis"} 1']);
    expect(lines(families, 'escapement_supervisor_restarts_total')).toEqual(['{} 2']);
    const late = families.get('escapement_tenant_lateness_seconds')?.samples;
    expect(late?.map(({ name, value }) => [name, value])).toEqual([
      ['escapement_tenant_lateness_seconds_sum', 0.25],
      ['escapement_tenant_lateness_seconds_count', 1],
    ]);
  });

  test('are those of the documentation, with their types', async () => {
    const families = await exposed(everything());
    const page = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(escapement_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(rows.toSorted()).toEqual([...families.values()].map(({ name, type }) => `${name} ${type}`).toSorted());
    const used = [...page.matchAll(/\bescapement_[a-z_]*[a-z]/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(used.filter((name) => !families.has(name))).toEqual([]);
  });

  test('leave out what is not known, where 0 would be a lie', async () => {
    const families = await exposed(reportOf());
    expect(families.has('escapement_pool_threads')).toBe(true);
    for (const name of [
      'next_due_timestamp_seconds',
      'last_claim_timestamp_seconds',
      'clock_skew_seconds',
      'locks_held',
    ]) {
      expect([name, families.has(`escapement_${name}`)]).toEqual([name, false]);
    }
  });

  test('begin every outcome of a plugin at 0, so that the first failure is a rise', async () => {
    const figures = new RunFigures();
    figures.countRun(recordOf('run', 1_000));
    const families = await exposed(reportOf({ runs: figures.plugins() }));
    const runs = families.get('escapement_runs_total')?.samples ?? [];
    expect(runs).toHaveLength(9);
    expect(runs.find(({ labels }) => labels['outcome'] === 'failed')).toMatchObject({ value: 0 });
    expect(families.get('escapement_skipped_occurrences_total')?.samples).toHaveLength(5);
  });

  test('give histograms in seconds, with cumulative buckets', async () => {
    const figures = new RunFigures();
    for (const totalMs of [0.2, 30, 700_000]) {
      const lateness = { tickMs: 0, lockMs: 0, queueMs: 0, startMs: 0, totalMs };
      figures.countRun(recordOf('run', 1_000, { threadId: 1, lateness }));
    }
    const families = await exposed(reportOf({ latenessMs: figures.latenessMs() }));
    const total = families
      .get('escapement_lateness_seconds')
      ?.samples.filter(({ labels }) => labels['part'] === 'total')
      .map(({ name, labels, value }) => [name.replace('escapement_lateness_seconds', ''), labels['le'], value]);
    expect(total).toContainEqual(['_bucket', '0.0001', 0]);
    expect(total).toContainEqual(['_bucket', '0.00025', 1]);
    expect(total).toContainEqual(['_bucket', '0.05', 2]);
    expect(total).toContainEqual(['_bucket', '300', 2]);
    expect(total).toContainEqual(['_bucket', '+Inf', 3]);
    expect(total).toContainEqual(['_sum', undefined, expect.closeTo(700.0302)]);
  });

  test('let no name that a plugin or a tenant chose break out of its label', async () => {
    const hostile = [
      'a"} 1\nescapement_runs_total 99',
      'back\\slash\\',
      '\u0000\u001b[2J\r\u202e',
      '{}#,=',
      '😀 ünïcode',
      '\ud800',
      '__proto__',
    ];
    const tenants = hostile.map((tenantId) => ({ tenantId, outcomes: { failed: 1 }, startedCount: 0, lateMs: 0 }));
    const pluginMetrics = hostile.flatMap((value) => [pluginMetric({ name: value, tags: { [value]: value } })]);
    const families = await exposed(
      reportOf({ tenants, pluginMetrics, store: { name: hostile[0] ?? '', errors: 0, conflicts: 0 } }),
    );
    expect(families.has('escapement_runs_total')).toBe(false);
    const shown = families.get('escapement_tenant_outcomes_total')?.samples.map(({ labels }) => labels['tenant']);
    expect(shown).toEqual([
      'a"} 1\\u000aescapement_runs_total 99',
      'back\\slash\\',
      '\\u0000\\u001b[2J\\u000d\\u202e',
      '{}#,=',
      '😀 ünïcode',
      '\ud800',
      '__proto__',
    ]);
  });

  test('never give the same series twice, which would cost the whole scrape', async () => {
    const tenants = ['a\u0001', 'a\\u0001'].map((tenantId) => ({
      tenantId,
      outcomes: { failed: 2 },
      startedCount: 1,
      lateMs: 5,
    }));
    const pluginMetrics = [
      pluginMetric({ tags: { 'a.b': 'x' }, lastAtMs: 9, last: 1 }),
      pluginMetric({ tags: { 'a-b': 'x' }, lastAtMs: 8, last: 2 }),
      pluginMetric({ tags: { 'a.b': 'x', 'a-b': 'y' } }),
      pluginMetric({ name: 'order', tags: { 'a-z': 'z', 'a.b': 'b' }, last: 3 }),
      pluginMetric({ name: 'order', tags: { 'a-b': 'b', 'a-z': 'z' }, last: 4 }),
    ];
    const families = await exposed(reportOf({ tenants, pluginMetrics }));
    expect(lines(families, 'escapement_tenant_outcomes_total')).toEqual([
      '{"tenant":"a\\\\u0001","site":"","outcome":"failed"} 4',
    ]);
    expect(lines(families, 'escapement_plugin_metric_last')).toEqual([
      '{"plugin":"p","tenant":"","site":"","metric":"rows","tag_a_b":"x"} 1',
      '{"plugin":"p","tenant":"","site":"","metric":"rows","tag_a_b":"x,y"} 20',
      '{"plugin":"p","tenant":"","site":"","metric":"order","tag_a_b":"b","tag_a_z":"z"} 4',
    ]);
    expect(families.get('escapement_plugin_metric')?.samples.map(({ value }) => value)).toEqual([60, 4, 30, 2, 60, 4]);
  });

  test('are bounded, however many plugins there are', async () => {
    const figures = new RunFigures();
    for (let index = 0; index < 2_000; index++) figures.countRun(recordOf('run', 1, { plugin: `plugin-${index}` }));
    const families = await exposed(reportOf({ runs: figures.plugins() }));
    const plugins = new Set(families.get('escapement_runs_total')?.samples.map(({ labels }) => labels['plugin']));
    expect(plugins.size).toBe(MAX_PLUGINS + 1);
    expect([...families.values()].reduce((sum, { samples }) => sum + samples.length, 0)).toBeLessThan(12_000);
  });

  test('can be merged with what the host counts itself', async () => {
    const { Counter, Registry } = await import('prom-client');
    const own = new Registry();
    new Counter({ name: 'http_requests_total', help: 'Requests.', registers: [own] }).inc(3);
    const ours = await prometheusRegistry(sourceOfMetrics(() => reportOf()));
    const families = parseExposition(await Registry.merge([own, ...(ours === null ? [] : [ours])]).metrics());
    expect(lines(families, 'http_requests_total')).toEqual(['{} 3']);
    expect(families.has('escapement_lateness_seconds')).toBe(true);
  });
});

describe('the metrics of a scheduler', { timeout: 30_000 }, () => {
  test('rise with its runs, and begin anew when the supervisor thread does', async () => {
    const plugins = [{ module: fixture('plugins/beats.ts'), options: { ids: ['only'], cron: '9000w' } }];
    const { client, thread, until, source, whenRestarted } = await startCounting({ plugins });
    const scraped = async (): Promise<Map<string, ExposedFamily>> =>
      parseExposition((await prometheusText(source))?.body ?? '');
    const succeeded = (families: Map<string, ExposedFamily>): number | undefined =>
      families.get('escapement_runs_total')?.samples.find(({ labels }) => labels['outcome'] === 'succeeded')?.value;
    const values: (number | undefined)[] = [];
    for (let count = 1; count <= 3; count++) {
      await client.request('trigger', { key: 'beats/only' });
      await until((events) => events.filter(({ type }) => type === 'run').length === count);
      values.push(succeeded(await scraped()));
    }
    expect(values).toEqual([1, 2, 3]);
    const before = await scraped();
    await thread.terminate();
    await whenRestarted;
    const after = await scraped();
    expect(succeeded(after)).toBeUndefined();
    expect(lines(after, 'escapement_supervisor_restarts_total')).toEqual(['{} 1']);
    const startOf = (families: Map<string, ExposedFamily>): number =>
      families.get('escapement_start_time_seconds')?.samples[0]?.value ?? 0;
    expect(startOf(after)).toBeGreaterThan(startOf(before));
  });
});

describe('the reader of the text format', () => {
  const family = '# HELP a_total Some.\n# TYPE a_total counter\n';
  test.each([
    ['a sample without a family', 'a_total 1\n', /outside of its family/],
    ['the same series twice', `${family}a_total{x="1"} 1\na_total{x="1"} 2\n`, /the same series twice/],
    ['a label that is not closed', `${family}a_total{x="1} 1\n`, /no sample/],
    ['a wrong escape', `${family}a_total{x="\\t"} 1\n`, /no label/],
    ['a wrong number', `${family}a_total 1,5\n`, /no number/],
    ['a line without an end', `${family}a_total 1`, /no end/],
    [
      'a histogram that does not add up',
      '# HELP h Some.\n# TYPE h histogram\nh_bucket{le="1"} 3\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n',
      /not cumulative/,
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseExposition(text)).toThrow(message);
  });
});
