import { type Random, seededRandom } from '../../../src/testing/run-duration.ts';

type Fields = Record<string, unknown>;

/** Makes messages that are nearly right: of a right one, one or two parts are lost, or replaced by what they may not be. */
export class MessageMaker {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A message made of one of `right`. One of twenty is nonsense from the start, and one of twenty is right. */
  next(right: readonly unknown[]): unknown {
    const chance = this.#random();
    if (chance < 0.05) return this.nonsense();
    const message = structuredClone(this.#one(right));
    if (chance < 0.1) return message;
    return this.#spoiled(chance < 0.3 ? this.#spoiled(message) : message);
  }

  /** Anything that can cross threads. */
  nonsense(): unknown {
    return this.#one(NONSENSE)();
  }

  /** Spoils the value itself, or something in it. */
  #spoiled(value: unknown): unknown {
    const hasFields = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
    const keys = hasFields ? Object.keys(value) : [];
    if (keys.length === 0 || this.#random() < 0.1) return this.nonsense();
    const key = this.#one(keys);
    const fields = value as Fields;
    const chance = this.#random();
    if (chance < 0.2) delete fields[key];
    else if (chance < 0.3) fields[this.#one(ODD_KEYS)] = this.nonsense();
    else fields[key] = chance < 0.6 ? this.nonsense() : this.#spoiled(fields[key]);
    return value;
  }

  #one<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }
}

const ODD_KEYS = ['constructor', 'then', 'toString', 'kind', 'id', 'extra'];

const NONSENSE: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 1e300,
  () => 2 ** 53,
  () => 10n ** 30n,
  () => '',
  () => '__proto__',
  () => 'constructor',
  () => '\u001b[31m\u202e',
  () => 'x'.repeat(10_000),
  () => [],
  () => [null],
  () => new Array(1_000),
  () => ({}),
  () => new Date(Number.NaN),
  () => new Map([[1, 2]]),
  () => new Set([1]),
  () => /x/g,
  () => new RangeError('nonsense', { cause: 5 }),
  () => new Uint8Array(8),
  circle,
  () => nested(200),
];

function circle(): unknown {
  const loop: Fields = { kind: 'events' };
  loop['cause'] = loop;
  loop['errors'] = [loop];
  return loop;
}

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level += 1) value = { cause: value };
  return value;
}
