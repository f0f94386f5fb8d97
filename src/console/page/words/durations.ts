const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in at most two units, as `0.42 ms`, `12 ms`, `1.25 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return 'no limit';
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < SECOND) return `${significant(ms)} ms`;
  if (ms < MINUTE) return `${significant(ms / SECOND)} s`;
  if (ms < HOUR) return pair(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return pair(ms, HOUR, 'h', MINUTE, 'min');
  return pair(ms, DAY, 'd', HOUR, 'h');
}

function significant(value: number): string {
  if (value === 0) return '0';
  if (value >= 99.5) return value.toFixed(0);
  return String(Number(value < 9.95 ? value.toFixed(2) : value.toFixed(1)));
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const count = Math.floor(ms / large);
  const rest = Math.floor((ms - count * large) / small);
  return rest === 0 ? `${count} ${largeName}` : `${count} ${largeName} ${String(rest).padStart(2, '0')} ${smallName}`;
}

/** How far away an instant is, in one unit: `in 4 min`, `12 s ago`, `now`. */
export function distance(ms: number): string {
  const size = Math.abs(ms);
  if (size < SECOND) return 'now';
  const text = roughly(size);
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}
