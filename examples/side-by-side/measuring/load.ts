import { Agent, get } from 'node:http';
import { percentile } from './percentile.ts';
import type { Phase } from './phases.ts';

/** Requests a second, on average. They come at random, as those of people do. */
const RATE = 8;
const ANSWER_LIMIT_MS = 10_000;

/** What the clients of a lane saw. Latencies are those of complete answers. */
export interface LoadFigures {
  /** How many were refused, cut off, or not answered within ten seconds. */
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/**
 * Sends requests to a server, and sends the next ones whether or not it has answered. Two loads with the same seed send
 * their requests at the same intervals.
 */
export class Load {
  readonly #address: () => string | null;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #random: () => number;
  #next: NodeJS.Timeout | undefined;
  readonly #requests: { readonly atMs: number; readonly latencyMs: number | null }[] = [];

  /** `address` is null while there is no server. */
  constructor(seed: number, address: () => string | null) {
    this.#random = randomFrom(seed);
    this.#address = address;
  }

  /** Sends the first request after so long. */
  start(afterMs: number): void {
    this.#next = setTimeout(() => {
      void this.#request();
      this.start((-Math.log(1 - this.#random()) * 1_000) / RATE);
    }, afterMs);
  }

  stop(): void {
    clearTimeout(this.#next);
    this.#agent.destroy();
  }

  /** Of the requests in a phase that were made since an instant. */
  figures(sinceMs: number, phase: Phase = () => true): LoadFigures {
    const counted = this.#requests.filter(({ atMs }) => atMs >= sinceMs && phase(atMs));
    const latencies = counted.flatMap(({ latencyMs }) => latencyMs ?? []);
    return {
      failed: counted.length - latencies.length,
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
    };
  }

  async #request(): Promise<void> {
    const address = this.#address();
    const atMs = Date.now();
    const fromMs = performance.now();
    const isComplete = address !== null && (await isAnswered(address, this.#agent));
    this.#requests.push({ atMs, latencyMs: isComplete ? performance.now() - fromMs : null });
  }
}

function isAnswered(address: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(address, { agent, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }, (response) => {
      response.once('end', () => resolve(response.complete)).once('error', () => resolve(false));
      response.resume();
    });
    request.once('error', () => resolve(false));
  });
}

/** Numbers in [0, 1) that are the same for the same seed: a linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
