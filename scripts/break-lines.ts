/** Breaks the long lines of code that has been made small, and has its map follow. */
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import { parseSync } from 'oxc-parser';

export interface MappedCode {
  readonly code: string;
  /** Those of a source map of version 3. */
  readonly mappings: string;
}

/** After one of these, an expression or a statement may begin in the next line. */
const MAY_END_LINE = new Set(';,{}([=?:&|+>');

/**
 * Lines get at most `limit` characters where there is a place to break them: literals stay whole. The code means the
 * same, because nothing comes in but line breaks between tokens.
 *
 * @throws SyntaxError when the code is not that of a module.
 */
export function breakLines({ code, mappings }: MappedCode, limit: number): MappedCode {
  const places = placesIn(code);
  const lines: string[] = [];
  const segments: SourceMapSegment[][] = [];
  const decoded = decode(mappings);
  let offset = 0;
  for (const [index, line] of code.split('\n').entries()) {
    const starts = lineStarts(line.length, (column) => places.has(offset + column), limit);
    for (const [nth, start] of starts.entries()) {
      const end = starts[nth + 1] ?? Number.POSITIVE_INFINITY;
      lines.push(line.slice(start, end));
      segments.push(movedLeft(decoded[index] ?? [], start, end));
    }
    offset += line.length + 1;
  }
  return { code: lines.join('\n'), mappings: encode(segments) };
}

/** Where a piece of syntax begins that may stand at the start of a line. Template texts are no such pieces. */
function placesIn(code: string): ReadonlySet<number> {
  const { program, errors } = parseSync('code.mjs', code);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(error.message);
  const places = new Set<number>();
  const open: unknown[] = [program];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const { type, start } = node as { readonly type?: unknown; readonly start?: unknown };
    const isPiece = typeof start === 'number' && type !== 'TemplateElement';
    if (isPiece && MAY_END_LINE.has(code.charAt(start - 1))) places.add(start);
    for (const part of Object.values(node)) open.push(part ?? null);
  }
  return places;
}

/** Each line is as long as it may be, or ends at the first place to break it. */
function lineStarts(length: number, isPlace: (column: number) => boolean, limit: number): readonly number[] {
  const starts: number[] = [];
  let start = 0;
  let next = 0;
  for (let column = 1; column <= length; column++) {
    if (column < length && !isPlace(column)) continue;
    if (column - start > limit && next > start) {
      starts.push(start);
      start = next;
    }
    next = column;
  }
  return [...starts, start];
}

function movedLeft(segments: readonly SourceMapSegment[], start: number, end: number): SourceMapSegment[] {
  return segments
    .filter(([column]) => column >= start && column < end)
    .map(([column, ...rest]) => [column - start, ...rest] as SourceMapSegment);
}
