import type { Finding } from './prison.ts';

/** What became of the attacks, kind by kind, and below it those that have succeeded. */
export function tableOf(findings: readonly Finding[]): string {
  const kinds = [...Map.groupBy(findings, ({ attack }) => attack.kind)];
  return [
    row('kind', 'attacks', 'refused', 'ended', 'succeeded'),
    ...kinds.map(([kind, own]) => rowOf(kind, own)),
    rowOf('all', findings),
    ...findings.filter(({ breaches }) => breaches.length > 0).flatMap(linesOf),
  ].join('\n');
}

/** `refused`: it could not be installed. `ended`: it ran, and reached nothing. */
function rowOf(kind: string, findings: readonly Finding[]): string {
  const succeeded = findings.filter(({ breaches }) => breaches.length > 0).length;
  const refused = findings.filter(({ end, breaches }) => breaches.length === 0 && end.startsWith('refused')).length;
  return row(kind, ...[findings.length, refused, findings.length - refused - succeeded, succeeded].map(String));
}

function row(first: string, ...cells: readonly string[]): string {
  return [first.padEnd(16), ...cells.map((cell) => cell.padStart(10))].join('');
}

function linesOf({ attack, breaches }: Finding): string[] {
  return [`SUCCEEDED ${attack.kind}: ${attack.name}`, ...breaches.map((breach) => `  ${breach}`)];
}
