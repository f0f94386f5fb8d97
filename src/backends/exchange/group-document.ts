/** Servers and files keep the keys of a group as one text. */

export function documentOf(keys: readonly string[]): string {
  return JSON.stringify(keys);
}

/** Undefined if the text is not such a document. */
export function keysIn(document: string): readonly string[] | undefined {
  try {
    const keys: unknown = JSON.parse(document);
    return Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : undefined;
  } catch {
    return undefined;
  }
}
