import { isIPv6 } from 'node:net';
import { Refusal } from '../refusal.ts';

const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
/** Addresses that are remembered. More of them push out the oldest. */
const MAX_ADDRESSES = 1_000;

interface Failures {
  readonly sinceMs: number;
  readonly count: number;
}

/** Counts wrong tokens by address, so that nobody can try many of them. */
export class FailedTokens {
  readonly #nowMs: () => number;
  readonly #byAddress = new Map<string, Failures>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Throws a refusal if this address has sent too many wrong tokens in the last minute. */
  check(address: string): void {
    const failures = this.#of(networkOf(address));
    if (failures === null || failures.count < MAX_FAILURES) return;
    const waitMs = failures.sinceMs + WINDOW_MS - this.#nowMs();
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) };
    throw new Refusal(429, 'too-many-tokens', 'Too many wrong tokens came from this address: wait a minute.', headers);
  }

  add(address: string): void {
    const network = networkOf(address);
    const failures = this.#of(network) ?? { sinceMs: this.#nowMs(), count: 0 };
    this.#byAddress.delete(network);
    this.#byAddress.set(network, { ...failures, count: failures.count + 1 });
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > MAX_ADDRESSES && oldest !== undefined) this.#byAddress.delete(oldest);
  }

  #of(network: string): Failures | null {
    const failures = this.#byAddress.get(network);
    return failures !== undefined && this.#nowMs() - failures.sinceMs < WINDOW_MS ? failures : null;
  }
}

/** One machine has all addresses of an IPv6 network of 64 bits. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::')) return address;
  const [head = [], tail] = address.split('::').map((part) => part.split(':'));
  // Two colons stand for all the zeros that are left out.
  const zeros = tail === undefined ? [] : Array<string>(Math.max(8 - head.length - tail.length, 0)).fill('0');
  const groups = [...head, ...zeros, ...(tail ?? [])].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
