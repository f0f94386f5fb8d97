/** Aligned columns for a terminal. */

/**
 * Lines of a table: headings, a rule, rows. A heading that begins with `>` aligns its column to the right. Cells may
 * hold colour codes, which take no room.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const titles = headings.map((heading) => heading.replace(/^>/, ''));
  const widths = titles.map((title, column) =>
    Math.max(visibleLength(title), ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => padded(cells[column] ?? '', width, headings[column]?.startsWith('>') ? 'right' : 'left'))
      .join('  ')
      .trimEnd();
  return [line(titles), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)];
}

/** `12.3 ms`, with only as many digits as are meaningful. */
export function milliseconds(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

function padded(cell: string, width: number, align: 'left' | 'right'): string {
  const padding = ' '.repeat(width - visibleLength(cell));
  return align === 'right' ? padding + cell : cell + padding;
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with the escape character.
  return text.replaceAll(/\u001b\[\d*m/g, '').length;
}
