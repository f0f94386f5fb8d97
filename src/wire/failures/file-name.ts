import { fileURLToPath } from 'node:url';

/** A file as people know it: the path of a `file:` URL, without what follows `?`. Anything else stays as it is. */
export function fileOf(place: string): string {
  if (!place.startsWith('file:')) return place;
  try {
    return fileURLToPath(place);
  } catch {
    return place;
  }
}
