/**
 * Offsets of time zones. A zone is a sequence of spans with a constant offset each. Temporal computes where a span
 * begins and ends, and the spans last used are cached. A zone without transitions is a single span.
 */
import { createRequire } from 'node:module';
import type { Temporal as Polyfill } from 'temporal-polyfill';
import { InvalidTimezoneError } from '../../errors.ts';
import { isAbbreviation, zoneProblem } from './zone-names.ts';

/** A stretch of time in which a zone's offset does not change. Instants are epoch milliseconds. */
export interface OffsetSpan {
  /** First instant. -Infinity if there is no earlier transition. */
  readonly startMs: number;
  /** First instant after it. Infinity if there is no later transition. */
  readonly endMs: number;
  /** Wall clock minus UTC. */
  readonly offsetMs: number;
  /** The offset of the span before. Equal to `offsetMs` if there is none. */
  readonly offsetBeforeMs: number;
}

/** The platform's. Where there is none, undefined until the polyfill is loaded, which UTC does not need. */
let { Temporal } = globalThis as { Temporal?: typeof Polyfill };

type Instant = InstanceType<typeof Polyfill.Instant>;

/** The last instant that Temporal can represent. */
const MAX_INSTANT_MS = 8_640_000_000_000_000;

const UTC_SPAN: OffsetSpan = {
  startMs: Number.NEGATIVE_INFINITY,
  endMs: Number.POSITIVE_INFINITY,
  offsetMs: 0,
  offsetBeforeMs: 0,
};

/** Cached spans by zone, newest last. A schedule needs the present one and the next. */
const spansByZone = new Map<string, OffsetSpan[]>();
const SPANS_KEPT = 64;
const canonicalNames = new Map<string, string>([['UTC', 'UTC']]);

/** The zone's name in its usual spelling. @throws InvalidTimezoneError for an unknown name, and for an abbreviation */
export function canonicalTimezone(timezone: string): string {
  const known = canonicalNames.get(timezone);
  if (known !== undefined) return known;
  // Intl also accepts offsets such as "+02:00". Only IANA names are allowed here.
  const isName = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(timezone);
  if (!isName || isAbbreviation(timezone)) throw new InvalidTimezoneError(timezone, zoneProblem(timezone));
  try {
    const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: timezone }).resolvedOptions();
    const name = /^(etc\/)?(utc|gmt|zulu|universal|uct)$/i.test(timezone) ? 'UTC' : timeZone;
    canonicalNames.set(timezone, name);
    return name;
  } catch (error) {
    throw new InvalidTimezoneError(timezone, zoneProblem(timezone), { cause: error });
  }
}

/**
 * Loads what the offsets of these zones need. Without this call the first offset loads it, by `require()`. A thread that
 * may be terminated must not come to that, because V8 ends the process when a thread is terminated in a `require()` of
 * an ES module.
 */
export async function loadZones(timezones: Iterable<string>): Promise<void> {
  if (Temporal !== undefined) return;
  for (const timezone of timezones) {
    if (timezone !== 'UTC') {
      ({ Temporal } = await import('temporal-polyfill'));
      return;
    }
  }
}

/** The span that an instant lies in. */
export function offsetSpanAt(timezone: string, instantMs: number): OffsetSpan {
  if (timezone === 'UTC') return UTC_SPAN;
  const spans = spansByZone.get(timezone) ?? [];
  const known = spans.find(({ startMs, endMs }) => startMs <= instantMs && instantMs < endMs);
  if (known !== undefined) return known;
  const span = findSpan(timezone, instantMs);
  spansByZone.set(timezone, [...spans.slice(1 - SPANS_KEPT), span]);
  return span;
}

function findSpan(timezone: string, instantMs: number): OffsetSpan {
  const zoned = zonedAt(timezone, instantMs);
  // "Previous" is strictly earlier, so asking from the next millisecond also finds a transition at this very instant.
  const startMs = zonedAt(timezone, instantMs + 1).getTimeZoneTransition('previous')?.epochMilliseconds;
  const before = startMs === undefined ? zoned : zonedAt(timezone, startMs - 1);
  return {
    startMs: startMs ?? Number.NEGATIVE_INFINITY,
    endMs: zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: zoned.offsetNanoseconds / 1_000_000,
    offsetBeforeMs: before.offsetNanoseconds / 1_000_000,
  };
}

function zonedAt(timezone: string, instantMs: number): ReturnType<Instant['toZonedDateTimeISO']> {
  const representableMs = Math.max(-MAX_INSTANT_MS, Math.min(Math.floor(instantMs), MAX_INSTANT_MS));
  Temporal ??= (createRequire(import.meta.url)('temporal-polyfill') as typeof import('temporal-polyfill')).Temporal;
  return Temporal.Instant.fromEpochMilliseconds(representableMs).toZonedDateTimeISO(timezone);
}
