import { Bench, type Task } from 'tinybench';
import type { Benchmark } from '../bench.ts';
import { rounded } from '../distribution.ts';
import { addDispatch } from './dispatch.ts';
import { addExpressions } from './expressions.ts';
import { addIndexedHeap } from './indexed-heap.ts';
import { addMachineCycle } from './machine-cycle.ts';

/** What one piece costs, in microseconds for one call. */
interface PieceCost {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  readonly samples: number;
}

/** Measures the engine's pieces, each alone on an idle thread. */
export const piecesBenchmark: Benchmark = {
  name: 'pieces',
  summary: 'what the engine is made of: expressions, queue, machine, dispatch',
  run: async ({ isQuick }) => {
    const time = isQuick ? 100 : 1_000;
    const bench = new Bench({ time, warmupTime: time / 4, retainSamples: true, throws: true });
    addExpressions(bench);
    addIndexedHeap(bench);
    addMachineCycle(bench);
    const pool = await addDispatch(bench);
    try {
      await bench.run();
    } finally {
      await pool.close();
    }
    const costs = bench.tasks.map(costOf);
    return {
      parameters: { timePerPieceMs: time },
      figures: { microseconds: costs },
      tables: [
        {
          title: 'µs per call',
          columns: ['piece', 'p50', 'mean', 'p99', 'samples'],
          rows: costs.map(({ name, p50, mean, p99, samples }) => [name, p50, mean, p99, samples]),
        },
      ],
    };
  },
};

function costOf(task: Task): PieceCost {
  const { result } = task;
  if (!('latency' in result)) throw new Error(`the piece "${task.name}" was not measured: ${result.state}`);
  const { p50, p99, mean, samplesCount } = result.latency;
  const micro = (milliseconds: number): number => rounded(milliseconds * 1_000);
  return { name: task.name, p50: micro(p50), p99: micro(p99), mean: micro(mean), samples: samplesCount };
}
