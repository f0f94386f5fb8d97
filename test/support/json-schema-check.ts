/** A check of values against the part of JSON Schema (2020-12) that the console's document uses, and no other. */

type Schema = Readonly<Record<string, unknown>>;
type Components = Readonly<Record<string, Schema>>;

const KEYWORDS = new Set([
  '$ref',
  'additionalProperties',
  'anyOf',
  'description',
  'enum',
  'items',
  'maxItems',
  'maxLength',
  'maximum',
  'minLength',
  'minimum',
  'properties',
  'required',
  'type',
]);

/** Where and how a value breaks its schema. Empty if it keeps it. */
export function schemaProblems(value: unknown, schema: Schema, components: Components, path = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !KEYWORDS.has(keyword));
  if (unknown.length > 0) throw new Error(`The schema at ${path} uses ${unknown.join(', ')}, which is not checked.`);
  const { $ref: name } = schema;
  if (typeof name === 'string') {
    const target = components[name.replace('#/components/schemas/', '')];
    return target === undefined ? [`${path}: ${name} does not exist`] : schemaProblems(value, target, components, path);
  }
  return [
    ...typeProblems(value, schema, path),
    ...choiceProblems(value, schema, components, path),
    ...boundProblems(value, schema, path),
    ...(Array.isArray(value) ? itemProblems(value, schema, components, path) : []),
    ...(isObject(value) ? fieldProblems(value, schema, components, path) : []),
  ];
}

function typeProblems(value: unknown, { type }: Schema, path: string): string[] {
  const types = type === undefined ? [] : [type].flat();
  return types.length === 0 || types.some((name) => isOfType(value, name))
    ? []
    : [`${path}: is not ${types.join(' or ')}`];
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === type;
}

function choiceProblems(value: unknown, schema: Schema, components: Components, path: string): string[] {
  const problems: string[] = [];
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) {
    problems.push(`${path}: ${JSON.stringify(value)} is none of ${schema['enum'].join(', ')}`);
  }
  if (Array.isArray(schema['anyOf'])) {
    const tries = (schema['anyOf'] as Schema[]).map((one) => schemaProblems(value, one, components, path));
    if (!tries.some((found) => found.length === 0)) problems.push(...tries.flat());
  }
  return problems;
}

function boundProblems(value: unknown, schema: Schema, path: string): string[] {
  const size = typeof value === 'number' ? value : lengthOf(value);
  const [least, most] = [
    schema['minimum'] ?? schema['minLength'],
    schema['maximum'] ?? schema['maxLength'] ?? schema['maxItems'],
  ];
  if (size === null) return [];
  const isOutside = (typeof least === 'number' && size < least) || (typeof most === 'number' && size > most);
  return isOutside ? [`${path}: ${size} is not within ${least}–${most}`] : [];
}

function lengthOf(value: unknown): number | null {
  return typeof value === 'string' || Array.isArray(value) ? value.length : null;
}

function itemProblems(value: readonly unknown[], { items }: Schema, components: Components, path: string): string[] {
  if (!isObject(items)) return [];
  return value.flatMap((item, index) => schemaProblems(item, items, components, `${path}[${index}]`));
}

function fieldProblems(value: Schema, schema: Schema, components: Components, path: string): string[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${path}: ${name} is missing`);
  const wrong = Object.entries(value).flatMap(([name, field]) => {
    const own = Object.hasOwn(properties, name) ? properties[name] : schema['additionalProperties'];
    if (own === false) return [`${path}: ${name} is not in the schema`];
    return isObject(own) ? schemaProblems(field, own, components, `${path}.${name}`) : [];
  });
  return [...missing, ...wrong];
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
