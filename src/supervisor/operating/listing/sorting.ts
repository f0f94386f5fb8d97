import type { Slicer } from '../../ports/slicer.ts';

/** So many are sorted in one step, which takes a fraction of a millisecond. */
const CHUNK = 512;

/** Sorts in slices, because a hundred thousand take longer than a tick may wait. Equal items keep their order. */
export async function sortedInSlices<T>(
  items: Iterable<T>,
  compare: (a: T, b: T) => number,
  slicer: Slicer,
): Promise<readonly T[]> {
  const all = [...items];
  let parts: (readonly T[])[] = [];
  for (let from = 0; from < all.length; from += CHUNK) {
    parts.push(all.slice(from, from + CHUNK).sort(compare));
    await slicer.pause();
  }
  while (parts.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let index = 0; index < parts.length; index += 2) {
      merged.push(await mergedInSlices(parts[index] ?? [], parts[index + 1] ?? [], { compare, slicer }));
    }
    parts = merged;
  }
  return parts[0] ?? [];
}

async function mergedInSlices<T>(
  left: readonly T[],
  right: readonly T[],
  { compare, slicer }: { readonly compare: (a: T, b: T) => number; readonly slicer: Slicer },
): Promise<readonly T[]> {
  const [last, first] = [left.at(-1), right[0]];
  if (last === undefined || first === undefined || compare(last, first) <= 0) return [...left, ...right];
  const merged: T[] = [];
  let [ofLeft, ofRight] = [0, 0];
  while (ofLeft < left.length && ofRight < right.length) {
    const [a, b] = [left[ofLeft] as T, right[ofRight] as T];
    if (compare(a, b) <= 0) {
      merged.push(a);
      ofLeft += 1;
    } else {
      merged.push(b);
      ofRight += 1;
    }
    if (slicer.step()) await slicer.pause();
  }
  for (const rest of [left.slice(ofLeft), right.slice(ofRight)]) for (const item of rest) merged.push(item);
  return merged;
}
