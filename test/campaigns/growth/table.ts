import type { Tenth } from './verdict.ts';

const COLUMNS: readonly (readonly [heading: string, figure: keyof Tenth, decimals: number])[] = [
  ['resident', 'residentMb', 1],
  ['pss', 'proportionalMb', 1],
  ['anonymous', 'anonymousMb', 1],
  ['host heap', 'hostHeapMb', 1],
  ['supervisor', 'supervisorUsedMb', 1],
  ['held', 'supervisorHeldMb', 1],
  ['files', 'descriptors', 0],
  ['threads', 'threads', 0],
];

const MIN_WIDTH = 5;

/** Memory is in MiB. */
export const HEADINGS = ['tenth', ...COLUMNS.map(([heading]) => heading.padStart(widthOf(heading)))].join('  ');

export function rowOf(number: number, tenth: Tenth): string {
  const cells = COLUMNS.map(([heading, figure, decimals]) =>
    tenth[figure].toFixed(decimals).padStart(widthOf(heading)),
  );
  return [String(number).padStart('tenth'.length), ...cells].join('  ');
}

function widthOf(heading: string): number {
  return Math.max(heading.length, MIN_WIDTH);
}
