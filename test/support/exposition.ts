/**
 * Reads the text format of Prometheus, version 0.0.4, and refuses whatever a strict reader would: a line that is not
 * right, a sample outside of its family, the same series twice, a histogram that does not add up.
 */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExposedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ExposedSample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$/;
const TYPES = ['counter', 'gauge', 'histogram', 'summary'];
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/** The families of a text, by name. @throws TypeError that quotes the line. */
export function parseExposition(text: string): Map<string, ExposedFamily> {
  if (!text.endsWith('\n')) throw new TypeError('the last line has no end');
  const reader = new Reader();
  for (const line of text.split('\n')) reader.read(line);
  for (const family of reader.families.values()) if (family.type === 'histogram') checkHistogram(family);
  return reader.families;
}

class Reader {
  readonly families = new Map<string, ExposedFamily>();
  readonly #series = new Set<string>();
  #family: ExposedFamily | null = null;
  #help: { readonly name: string; readonly text: string } | null = null;

  read(line: string): void {
    if (line === '') return;
    if (line.startsWith('# HELP ')) this.#readHelp(line);
    else if (line.startsWith('# TYPE ')) this.#readType(line);
    else this.#readSample(line);
  }

  #readHelp(line: string): void {
    const [, name = '', text = ''] = /^# HELP (\S+) (.+)$/.exec(line) ?? refuse(line, 'no help');
    if (this.families.has(name)) refuse(line, 'the family comes twice');
    this.#help = { name, text };
  }

  #readType(line: string): void {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? refuse(line, 'no type');
    const help = this.#help;
    if (help?.name !== name) refuse(line, 'the help of the family does not come before');
    if (!METRIC_NAME.test(name) || !TYPES.includes(type)) refuse(line, 'wrong name or type');
    this.#family = { name, type, help: help.text, samples: [] };
    this.families.set(name, this.#family);
  }

  #readSample(line: string): void {
    const sample = sampleOf(line);
    const family = this.#family;
    if (family === null || !belongs(sample, family)) refuse(line, 'a sample outside of its family');
    const id = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
    if (this.#series.has(id)) refuse(line, 'the same series twice');
    this.#series.add(id);
    family.samples.push(sample);
  }
}

function sampleOf(line: string): ExposedSample {
  const [, name = '', inner, value = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)$/.exec(line) ?? refuse(line, 'no sample');
  if (!NUMBER.test(value)) refuse(line, 'no number');
  return {
    name,
    labels: inner === undefined ? {} : labelsOf(inner, line),
    value: Number(value.replace('Inf', 'Infinity')),
  };
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [all = '', name = '', value = ''] =
      /^([^=]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest) ?? refuse(line, 'no label');
    if (!LABEL_NAME.test(name)) refuse(line, `"${name}" is no name of a label`);
    if (Object.hasOwn(labels, name)) refuse(line, `the label "${name}" comes twice`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(all.length);
  }
  return labels;
}

function belongs({ name }: ExposedSample, family: ExposedFamily): boolean {
  return (SUFFIXES[family.type] ?? []).some((suffix) => name === `${family.name}${suffix}`);
}

function checkHistogram({ name, samples }: ExposedFamily): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map((bucket) => Number((bucket.labels['le'] ?? '').replace('+Inf', 'Infinity')));
    const counts = buckets.map(({ value }) => value);
    const [count] = group.filter((sample) => sample.name === `${name}_count`);
    const rises = (numbers: number[]): boolean =>
      numbers.every((each, at) => at === 0 || each >= (numbers[at - 1] ?? 0));
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) refuse(labels, `${name} has no bucket without a bound`);
    if (!rises(bounds) || new Set(bounds).size !== bounds.length) refuse(labels, `${name}: bounds do not rise`);
    if (!rises(counts) || counts.at(-1) !== count?.value) refuse(labels, `${name}: buckets are not cumulative`);
    if (!group.some((sample) => sample.name === `${name}_sum`)) refuse(labels, `${name} has no sum`);
  }
}

function refuse(line: string, why: string): never {
  throw new TypeError(`${why}: ${line}`);
}
