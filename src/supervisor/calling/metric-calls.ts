import { ownerName } from '../../machines/kv/kv-names.ts';
import { previewOf } from '../../wire/value-preview.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallingRun } from '../ports/plugin-calls.ts';
import type { PluginMetric } from '../ports/plugin-metric.ts';
import { CallArguments } from './call-arguments.ts';

/** How many names with their tags one installation may have, and all of them together. */
const MAX_OWN_SERIES = 256;
const MAX_SERIES = 10_000;
const MAX_TAGS = 8;
const MAX_TAG_LENGTH = 128;
const NAME = /^[A-Za-z][\w./:-]{0,127}$/;
const TAG_NAME = /^[A-Za-z_][\w.-]{0,63}$/;

type Series = { -readonly [field in keyof PluginMetric]: PluginMetric[field] };

/** Adds up what plugins measure. */
export class MetricCalls {
  readonly #clock: Clock;
  /** By owner, and then by name and tags. */
  readonly #series = new Map<string, Map<string, Series>>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  metric(run: CallingRun, args: readonly unknown[]): null {
    const call = new CallArguments('metric', args, 3);
    const name = nameOf(call);
    const value = call.at(1);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw call.invalid(`its value must be a finite number, not ${previewOf(value)}`);
    }
    const series = this.#seriesOf(run, call, name, tagsOf(call));
    const sum = series.sum + value;
    // JSON has no infinity, so whoever reads the sum would find null.
    if (!Number.isFinite(sum)) throw call.limit(`the sum of its values would be ${sum}: measure in a larger unit`);
    series.min = series.count === 0 ? value : Math.min(series.min, value);
    series.max = series.count === 0 ? value : Math.max(series.max, value);
    series.count += 1;
    series.sum = sum;
    series.last = value;
    series.lastAtMs = this.#clock.nowMs();
    return null;
  }

  metrics(): readonly PluginMetric[] {
    return [...this.#series.values()].flatMap((own) => [...own.values()].map((series) => ({ ...series })));
  }

  /** Forgets the series of owners that are not among these. */
  keep(owners: ReadonlySet<string>): void {
    for (const [owner, own] of this.#series) {
      if (owners.has(owner)) continue;
      this.#series.delete(owner);
      this.#count -= own.size;
    }
  }

  #seriesOf({ definition }: CallingRun, call: CallArguments, name: string, tags: Series['tags']): Series {
    const { plugin, tenantId, siteId } = definition.identity;
    const owner = ownerName(definition.identity);
    const own = this.#series.get(owner) ?? new Map<string, Series>();
    const id = JSON.stringify([name, tags]);
    const known = own.get(id);
    if (known !== undefined) return known;
    if (own.size >= MAX_OWN_SERIES) {
      throw call.limit(`the plugin has ${MAX_OWN_SERIES} names with different tags already: use fewer tags`);
    }
    if (this.#count >= MAX_SERIES)
      throw call.limit(`all plugins together have ${MAX_SERIES} names with different tags`);
    const place = { ...(tenantId !== undefined && { tenantId }), ...(siteId !== undefined && { siteId }) };
    const series = { plugin, ...place, name, tags, count: 0, sum: 0, min: 0, max: 0, last: 0, lastAtMs: 0 };
    own.set(id, series);
    this.#series.set(owner, own);
    this.#count += 1;
    return series;
  }
}

function nameOf(call: CallArguments): string {
  const name = call.at(0);
  if (typeof name === 'string' && NAME.test(name)) return name;
  const rule = 'a letter, followed by up to 127 letters, digits, and . _ / : -';
  throw call.invalid(`its name must be ${rule}, not ${previewOf(name)}`);
}

/** In the order of their names, so that the order in which a plugin writes them does not matter. */
function tagsOf(call: CallArguments): Readonly<Record<string, string>> {
  const entries = Object.entries(call.recordOf(call.at(2) ?? {}, 'tags'));
  if (entries.length > MAX_TAGS) throw call.invalid(`it has ${entries.length} tags: use ${MAX_TAGS} at most`);
  for (const [name, value] of entries) {
    if (!TAG_NAME.test(name)) throw call.invalid(`its tag ${previewOf(name)} has no valid name`);
    if (typeof value === 'string' && value.length <= MAX_TAG_LENGTH && value.isWellFormed()) continue;
    throw call.invalid(`its tag ${previewOf(name)} must be a string of up to ${MAX_TAG_LENGTH} characters`);
  }
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) as Record<string, string>;
}
