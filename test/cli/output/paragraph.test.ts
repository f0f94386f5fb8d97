import { describe, expect, test } from 'vitest';
import { printCells, printParagraph } from '../../../src/cli/output/paragraph.ts';
import type { Terminal } from '../../../src/cli/output/terminal.ts';

/** What is printed on a terminal of this width, with colours as tags. */
function linesOn(width: number | undefined, print: (terminal: Terminal) => void): string[] {
  const lines: string[] = [];
  print({
    width,
    result: (line) => void lines.push(line),
    notice: () => undefined,
    paint: (style, text) => `<${style}>${text}</>`,
    paintNotice: (_, text) => text,
  });
  return lines;
}

describe('a paragraph', () => {
  const label = { text: 'note', paint: (text: string) => `<yellow>${text}</>` };

  test('is wrapped beside its label, and coloured line by line', () => {
    const lines = linesOn(20, (terminal) => {
      printParagraph('one two three four', terminal, { indent: '  ', label, style: 'dim' });
    });
    expect(lines).toEqual(['  <yellow>note</> <dim>one two three</>', '       <dim>four</>']);
  });

  test('is one line where nobody sees a terminal', () => {
    const lines = linesOn(undefined, (terminal) => {
      printParagraph('one two three four', terminal, { indent: '  ', label });
    });
    expect(lines).toEqual(['  <yellow>note</> one two three four']);
  });

  test('counts the columns of wide characters, and those of control characters as they are written out', () => {
    expect(linesOn(11, (terminal) => printParagraph('日本 日本 日本', terminal, { indent: '' }))).toEqual([
      '日本 日本',
      '日本',
    ]);
    expect(linesOn(11, (terminal) => printParagraph('a\u001bb cdefgh', terminal, { indent: '' }))).toEqual([
      'a\\u001bb',
      'cdefgh',
    ]);
  });
});

test('cells that have no room beside each other go on below', () => {
  const cells = [{ text: 'p/a' }, { text: '"0 9 * * *"' }, { text: 'UTC', paint: (text: string) => `<dim>${text}</>` }];
  const linesIn = (width: number): string[] =>
    linesOn(width, (terminal) => printCells(cells, terminal, { indent: '  ', gap: 2 }));
  expect(linesIn(23)).toEqual(['  p/a  "0 9 * * *"  <dim>UTC</>']);
  expect(linesIn(22)).toEqual(['  p/a  "0 9 * * *"', '      <dim>UTC</>']);
  expect(linesIn(10)).toEqual(['  p/a', '      "0 9 * * *"', '      <dim>UTC</>']);
});
