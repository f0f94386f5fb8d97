// Kernels for the benchmark of fuel, in AssemblyScript. Each returns a checksum.

const SIEVE_SIZE = 200_000;
const flags = new StaticArray<u8>(SIEVE_SIZE);

export function sieve(): i32 {
  let count = 0;
  for (let i = 0; i < SIEVE_SIZE; i++) unchecked((flags[i] = 1));
  for (let i = 2; i < SIEVE_SIZE; i++) {
    if (unchecked(flags[i]) == 0) continue;
    count++;
    for (let j = i + i; j < SIEVE_SIZE; j += i) unchecked((flags[j] = 0));
  }
  return count;
}

const N = 96;
const left = new StaticArray<f64>(N * N);
const right = new StaticArray<f64>(N * N);
const product = new StaticArray<f64>(N * N);

export function matrix(): i32 {
  for (let i = 0; i < N * N; i++) {
    unchecked((left[i] = <f64>(i % 7)));
    unchecked((right[i] = <f64>(i % 5)));
  }
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) {
      let sum: f64 = 0;
      for (let k = 0; k < N; k++) sum += unchecked(left[i * N + k]) * unchecked(right[k * N + j]);
      unchecked((product[i * N + j] = sum));
    }
  }
  return <i32>product[N + 1];
}

function fib(n: i32): i32 {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

export function fibonacci(): i32 {
  return fib(25);
}

const BYTES = 65_536;
const text = new StaticArray<u8>(BYTES);

export function hash(): i32 {
  let state: u32 = 0x811c9dc5;
  for (let turn = 0; turn < 4; turn++) {
    for (let i = 0; i < BYTES; i++) {
      state = (state ^ unchecked(text[i])) * 0x01000193;
      unchecked((text[i] = <u8>(state >> 11)));
    }
  }
  return <i32>state;
}

const SORTED = 8_192;
const numbers = new StaticArray<i32>(SORTED);

function quicksort(from: i32, to: i32): void {
  while (from < to) {
    const pivot = numbers[(from + to) >> 1];
    let i = from;
    let j = to;
    while (i <= j) {
      while (numbers[i] < pivot) i++;
      while (numbers[j] > pivot) j--;
      if (i <= j) {
        const swapped = numbers[i];
        numbers[i++] = numbers[j];
        numbers[j--] = swapped;
      }
    }
    quicksort(from, j);
    from = i;
  }
}

export function sort(): i32 {
  let seed: u32 = 12_345;
  for (let i = 0; i < SORTED; i++) {
    seed = seed * 1_664_525 + 1_013_904_223;
    numbers[i] = seed >> 8;
  }
  quicksort(0, SORTED - 1);
  return numbers[SORTED >> 1];
}

class Body {
  constructor(
    public x: f64,
    public y: f64,
    public z: f64,
    public vx: f64,
    public vy: f64,
    public vz: f64,
    public mass: f64,
  ) {}
}

const bodies: Body[] = [];
for (let i = 0; i < 5; i++) bodies.push(new Body(i * 1.5, i * i * 0.7, i * 0.3, 0.1 * i, 0.2, 0.3 - 0.1 * i, 1.0 + i));

export function bodiesMove(): i32 {
  const dt = 0.001;
  for (let step = 0; step < 2_000; step++) {
    for (let i = 0; i < bodies.length; i++) {
      const a = bodies[i];
      for (let j = i + 1; j < bodies.length; j++) {
        const b = bodies[j];
        const dx = a.x - b.x;
        const dy = a.y - b.y;
        const dz = a.z - b.z;
        const square = dx * dx + dy * dy + dz * dz + 0.01;
        const pull = dt / (square * Math.sqrt(square));
        a.vx -= dx * b.mass * pull;
        a.vy -= dy * b.mass * pull;
        a.vz -= dz * b.mass * pull;
        b.vx += dx * a.mass * pull;
        b.vy += dy * a.mass * pull;
        b.vz += dz * a.mass * pull;
      }
    }
    for (let i = 0; i < bodies.length; i++) {
      const a = bodies[i];
      a.x += a.vx * dt;
      a.y += a.vy * dt;
      a.z += a.vz * dt;
    }
  }
  return <i32>(bodies[0].x * 1000);
}

let json = '[';
for (let i = 0; i < 400; i++) json += '{"id":' + i.toString() + ',"name":"user ' + i.toString() + '","tags":["a","bc"],"ok":true},';
json += 'null]';
let place = 0;

function parseValue(): i32 {
  const code = json.charCodeAt(place);
  if (code == 0x7b || code == 0x5b) return parseList(code + 2);
  if (code == 0x22) return parseString();
  if (code >= 0x30 && code <= 0x39) return parseNumber();
  let sum = 0;
  while (json.charCodeAt(place) >= 0x61 && json.charCodeAt(place) <= 0x7a) sum += json.charCodeAt(place++);
  return sum;
}

function parseList(close: i32): i32 {
  let sum = 1;
  place++;
  while (json.charCodeAt(place) != close) {
    sum = sum * 31 + parseValue();
    const next = json.charCodeAt(place);
    if (next == 0x2c || next == 0x3a) place++;
  }
  place++;
  return sum;
}

function parseString(): i32 {
  let sum = 7;
  place++;
  while (json.charCodeAt(place) != 0x22) sum = sum * 33 + json.charCodeAt(place++);
  place++;
  return sum;
}

function parseNumber(): i32 {
  let value = 0;
  while (json.charCodeAt(place) >= 0x30 && json.charCodeAt(place) <= 0x39) value = value * 10 + json.charCodeAt(place++) - 0x30;
  return value;
}

export function parse(): i32 {
  place = 0;
  return parseValue();
}

const source = new StaticArray<i32>(32_768);
const target = new StaticArray<i32>(32_768);

export function copy(): i32 {
  for (let turn = 0; turn < 8; turn++) {
    for (let i = 0; i < 32_768; i++) unchecked((target[i] = unchecked(source[i]) + turn));
  }
  return target[77];
}

type Operation = (a: i32, b: i32) => i32;
const operations: Operation[] = [
  (a: i32, b: i32): i32 => a + b,
  (a: i32, b: i32): i32 => a ^ (b << 1),
  (a: i32, b: i32): i32 => a * 17 + b,
  (a: i32, b: i32): i32 => a - b,
];

export function table(): i32 {
  let value = 1;
  for (let i = 0; i < 100_000; i++) value = unchecked(operations[i & 3])(value, i);
  return value;
}

function steps(start: u32): i32 {
  let value = start;
  let count = 0;
  while (value != 1) {
    value = (value & 1) != 0 ? value * 3 + 1 : value >> 1;
    count++;
  }
  return count;
}

export function collatz(): i32 {
  let longest = 0;
  for (let i = 1; i < 3_000; i++) longest = max(longest, steps(i));
  return longest;
}

export function words(): i32 {
  const counts = new Map<string, i32>();
  for (let i = 0; i < 2_000; i++) {
    const key = 'word' + (i % 97).toString();
    counts.set(key, (counts.has(key) ? counts.get(key) : 0) + 1);
  }
  return counts.size;
}
