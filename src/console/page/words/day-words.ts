const ENDINGS: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd', other: 'th' };
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });

function ordinal(count: string): string {
  return `${count}${ENDINGS[ordinals.select(Number(count))]}`;
}

/** One item of a list of days, as what stands after "on" and before "of the month"; undefined if there are no words. */
function itemWords(item: string): string | undefined {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
  if (first !== undefined) return last === undefined ? `day ${first}` : `days ${first} through ${last}`;
  const [, step] = /^\*\/(\d+)$/.exec(item) ?? [];
  if (step !== undefined) return `every ${ordinal(step)} day`;
  const [, nearest] = /^(\d+)W$/.exec(item) ?? [];
  if (nearest !== undefined) return `the weekday nearest day ${nearest}`;
  const [, before = '0', weekday] = /^L(?:-(\d+))?(W)?$/.exec(item) ?? [];
  if (!item.startsWith('L')) return undefined;
  if (Number(before) === 0) return weekday === undefined ? 'the last day' : 'the last weekday';
  const day = Number(before) === 1 ? 'the day before the last day' : `the day ${before} days before the last day`;
  return weekday === undefined ? day : `the weekday nearest ${day}`;
}

/** Whether a day of the month is one for which cronstrue has no words, or wrong ones: a list with `L` or `W`, or `L-3W`. */
export function isSpecialDays(dayOfMonth: string): boolean {
  return /[LW]/.test(dayOfMonth) && /,|L-\d+W/.test(dayOfMonth);
}

/** The words for such a field, in capital letters: "on day 1 and the last weekday of the month"; null if there are none. */
export function specialDayWords(dayOfMonth: string): string | null {
  const words = dayOfMonth.split(',').map(itemWords);
  if (words.includes(undefined)) return null;
  const last = words.pop();
  const list = words.length === 0 ? last : `${words.join(', ')} and ${last}`;
  return `on ${list} of the month`;
}
