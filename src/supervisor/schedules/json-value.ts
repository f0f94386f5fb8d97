/** Longest JSON text of a schedule's `config`, in characters. */
const MAX_JSON_LENGTH = 256 * 1_024;
const MAX_DEPTH = 64;

/** Why JSON cannot hold a value; undefined when it can. */
export function jsonProblem(value: unknown): string | undefined {
  const problem = valueProblem(value, 0);
  if (problem !== undefined) return problem;
  const { length } = JSON.stringify(value);
  return length > MAX_JSON_LENGTH ? `its text has ${length} characters` : undefined;
}

function valueProblem(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value} is not a JSON number`;
  if (Array.isArray(value)) return firstProblem(value, depth);
  if (typeof value !== 'object') return `it holds a ${typeof value}`;
  return objectProblem(value, depth);
}

function objectProblem(value: object, depth: number): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return 'it holds an object that is not plain';
  if (Object.hasOwn(value, '__proto__')) return 'it has a field named __proto__';
  return firstProblem(Object.values(value), depth);
}

function firstProblem(values: readonly unknown[], depth: number): string | undefined {
  for (const value of values) {
    const problem = valueProblem(value, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
