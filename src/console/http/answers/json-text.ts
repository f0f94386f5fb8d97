/** A value as the body of an answer. Should it ever be read as HTML, no text of a plugin begins a tag. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

export const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' } as const;
