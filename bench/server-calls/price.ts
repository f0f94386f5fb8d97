export interface ClusterSize {
  readonly nodes: number;
  readonly schedules: number;
  /** Whether the starts of an occurrence are at once or spread over the second. */
  readonly phase: 'aligned' | 'spread';
}

export interface Calls extends ClusterSize {
  readonly place: string;
  readonly calls: number;
  readonly occurrences: number;
  readonly nodeSeconds: number;
}

/** What a call costs: `a` for each occurrence, `b` for each second of a node. */
interface Price {
  readonly a: number;
  readonly b: number;
  /** By how much the worst of the counts is above the price, as a share of it. */
  readonly excess: number;
}

/**
 * The least squares of `calls = a · occurrences + b · nodeSeconds`, each count weighed by its size, neither of them below
 * 0. Batches only make calls fewer, so counts of clusters with many schedules are below the line.
 */
export function fitted(counts: readonly Calls[]): Price {
  // A cluster with one schedule can form no batch: it shows the price of an occurrence.
  const alone = counts.filter(({ schedules }) => schedules === 1);
  const sum = (of: (count: Calls) => number): number => alone.reduce((total, each) => total + of(each), 0);
  const [oo, on, nn] = [
    sum(({ occurrences }) => occurrences ** 2),
    sum(({ occurrences, nodeSeconds }) => occurrences * nodeSeconds),
    sum(({ nodeSeconds }) => nodeSeconds ** 2),
  ];
  const [oc, nc] = [sum((each) => each.occurrences * each.calls), sum((each) => each.nodeSeconds * each.calls)];
  const determinant = oo * nn - on * on;
  const b = Math.max(0, (oo * nc - on * oc) / determinant);
  const a = b === 0 ? oc / oo : (nn * oc - on * nc) / determinant;
  const excesses = counts.map(({ calls, occurrences, nodeSeconds }) => calls / (a * occurrences + b * nodeSeconds) - 1);
  return { a, b, excess: Math.max(0, ...excesses) };
}
