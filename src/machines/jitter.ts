/**
 * The delay of one occurrence: uniform in [0, jitterMs], in whole milliseconds, and a function of nothing but its arguments, so
 * that every node computes the same. FNV-1a (32 bits) over the text "key@occurrence", then the finaliser of
 * MurmurHash3, because FNV alone leaves neighbouring occurrences with neighbouring hashes.
 */
export function jitterFor(scheduleKey: string, occurrenceAtMs: number, jitterMs: number): number {
  return Math.floor((hash(`${scheduleKey}@${occurrenceAtMs}`) / 2 ** 32) * (Math.floor(jitterMs) + 1));
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
