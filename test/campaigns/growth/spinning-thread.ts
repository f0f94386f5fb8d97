/** A thread of a control. It says that it spins, and does so until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads';

// In a pool it is piscina that says when.
if (workerData === 'spin at once') spin(0);

// biome-ignore lint/style/noDefaultExport: piscina calls it.
export default function spin(lane: number): void {
  parentPort?.postMessage(lane);
  for (;;) {}
}
