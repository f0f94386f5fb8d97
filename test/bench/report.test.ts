import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BENCHMARKS } from '../../bench/benchmarks.ts';
import { barChart } from '../../bench/pictures/bar-chart.ts';
import { GOALS } from '../../bench/report/goals.ts';
import { markedSections, withSection } from '../../bench/report/sections.ts';
import { interleaved, ratioOf, spreadOf, spreadText } from '../../bench/rounds.ts';

const PAGE = [
  '# Page',
  'before',
  '<!-- bench:one -->',
  'old',
  '<!-- /bench:one -->',
  'after',
  '<!-- bench:two -->',
  '<!-- /bench:two -->',
  '',
].join('\n');

const RESULT = {
  name: 'one',
  measuredAt: '2026-11-27T01:02:03.000Z',
  machine: { cores: 2, node: 'v24.0.0', loadAverage1m: 0.1 },
  tables: [{ title: 'figures', columns: ['', 'a|b'], rows: [['row', 1]] }],
  pictures: ['one-more.svg'],
};

describe('the report of the benchmarks', () => {
  test('finds the places of the benchmarks in the page', () => {
    expect(markedSections(PAGE)).toEqual(['one', 'two']);
  });

  test('has a place for every benchmark in the document, and for no other', () => {
    const page = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8');
    expect(markedSections(page).toSorted()).toEqual(BENCHMARKS.map(({ name }) => name).toSorted());
  });

  test('replaces what is between the markers, and nothing else', () => {
    const page = withSection(PAGE, RESULT);
    expect(page).toContain('| row | 1 |');
    expect(page).toContain('a\\|b');
    expect(page).toContain('](benchmarks/one-more.svg)');
    expect(page).not.toContain('old');
    expect(page.startsWith('# Page\nbefore\n<!-- bench:one -->\n')).toBe(true);
    expect(page).toContain('<!-- /bench:one -->\nafter\n');
    expect(withSection(page, RESULT)).toBe(page);
  });

  test('refuses a page without a place for it', () => {
    expect(() => withSection('# Page', RESULT)).toThrow('no markers for one');
  });
});

describe('the goals of speed', () => {
  test('are about benchmarks that there are', () => {
    const names = BENCHMARKS.map(({ name }) => name);
    expect(GOALS.map(({ bench }) => bench).filter((bench) => !names.includes(bench))).toEqual([]);
  });

  test('hold or not by the figures, and have no value without them', () => {
    const drained = GOALS.find(({ what }) => what === 'herd drained, to bare piscina');
    const figures = (median: number) => ({ drainedMs: { ratio: { median, min: median, max: median } } });
    expect([1.2, 1.6].map((median) => drained?.holds(drained.read(figures(median)) ?? Number.NaN))).toEqual([
      true,
      false,
    ]);
    expect(GOALS.map(({ read }) => read({})).filter((value) => value !== null && !Number.isNaN(value))).toEqual([]);
  });

  test('compare with the best of the other systems', () => {
    const goal = GOALS.find(({ bench }) => bench === 'peers');
    const burst = (system: string, median: number) => ({
      workload: 'burst',
      system,
      toOurs: { cpuMsPerThousand: { median } },
    });
    expect(goal?.read([burst('escapement', 1), burst('piscina', 0.8), burst('bree', 2), burst('croner', 1.1)])).toBe(
      1.1,
    );
  });
});

describe('rounds', () => {
  test('measure every variant once in each, and every other one goes backwards', async () => {
    const order: string[] = [];
    const variant = (name: string) => async () => order.push(name);
    const results = await interleaved(2, { a: variant('a'), b: variant('b') });
    expect(order).toEqual(['a', 'b', 'b', 'a']);
    expect(results).toEqual({ a: [1, 4], b: [2, 3] });
  });

  test('are summed up by their middle and their ends, and compared with the same round', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(ratioOf([2, 9], [1, 3])).toEqual({ median: 2, min: 2, max: 3 });
    expect(spreadText({ median: 9512, min: 9, max: 0.123_45 })).toBe('9,510 (9–0.123)');
  });
});

describe('a bar chart', () => {
  test('shows every value above 0', () => {
    const bar = (name: string, value: number) => ({ name, median: value, min: value, max: value });
    const bars = [bar('ours', 5), bar('theirs', 50), bar('nothing', 0)];
    const svg = barChart({ title: 'A & B', subtitle: '', xLabel: 'ms', bars });
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(svg).toContain('A &amp; B');
    expect([...svg.matchAll(/<rect /g)]).toHaveLength(2);
    expect(svg).not.toContain('NaN');
  });
});
