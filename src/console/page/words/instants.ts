/** Instants as text, in a zone. The form is that of ISO 8601, which reads the same everywhere and lines up in columns. */
interface Parts {
  readonly date: string;
  readonly time: string;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function partsOf(ms: number, zone: string): Parts {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second } = parts;
  return { date: `${year}-${month}-${day}`, time: `${hour}:${minute}:${second}` };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  FORMATS.set(zone, format);
  return format;
}

/** `2026-11-27 14:05:09` */
export function dateAndTime(ms: number, zone: string): string {
  const { date, time } = partsOf(ms, zone);
  return `${date} ${time}`;
}

/** `14:05:09` */
export function timeOfDay(ms: number, zone: string): string {
  return partsOf(ms, zone).time;
}

/** The time of day alone where the date is today's, else both. */
export function shortInstant(ms: number, zone: string, nowMs: number): string {
  const { date, time } = partsOf(ms, zone);
  return date === partsOf(nowMs, zone).date ? time : `${date} ${time}`;
}

/** `2026-11-27 14:05:09.123 Europe/Berlin` */
export function exactInstant(ms: number, zone: string): string {
  return `${dateAndTime(ms, zone)}.${millisecondOf(ms)} ${zone}`;
}

/** `14:05:09.123` */
export function exactTimeOfDay(ms: number, zone: string): string {
  return `${timeOfDay(ms, zone)}.${millisecondOf(ms)}`;
}

function millisecondOf(ms: number): string {
  return String(Math.floor(((ms % 1_000) + 1_000) % 1_000)).padStart(3, '0');
}
