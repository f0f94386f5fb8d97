import type { Table } from '../bench.ts';
import type { Result } from '../results.ts';

/** What a section shows of a result. */
export type Shown = Pick<Result, 'name' | 'measuredAt' | 'machine' | 'tables' | 'pictures'>;

/** The names of the benchmarks that have a place in the page. What is between two markers is written by a program. */
export function markedSections(page: string): string[] {
  return [...page.matchAll(/^<!-- bench:([a-z-]+) -->$/gm)].map(([, name]) => name ?? '');
}

/**
 * The page with the tables and pictures of a result between its markers. The prose around them stays.
 *
 * @throws Error if the page has no such markers.
 */
export function withSection(page: string, result: Shown): string {
  const [begin, end] = [`<!-- bench:${result.name} -->\n`, `<!-- /bench:${result.name} -->`];
  const from = page.indexOf(begin);
  const until = page.indexOf(end);
  if (from === -1 || until < from) throw new Error(`there are no markers for ${result.name}`);
  return `${page.slice(0, from + begin.length)}\n${sectionText(result)}\n${page.slice(until)}`;
}

function sectionText({ measuredAt, machine, tables, pictures }: Shown): string {
  const { cores, node, loadAverage1m } = machine;
  const how = `Measured on ${measuredAt.slice(0, 10)}, on ${cores} cores, with Node ${node} and a load of ${loadAverage1m} at the end.`;
  const images = pictures.map((file) => `![${file.replace(/\.svg$/, '').replaceAll('-', ' ')}](benchmarks/${file})\n`);
  return [`${how}\n`, ...tables.map(markdownTable), ...images].join('\n');
}

function markdownTable({ title, columns, rows }: Table): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [`**${title}**\n`, line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n');
}
