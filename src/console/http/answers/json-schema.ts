/**
 * The schemas of what the API answers, as JSON Schema (2020-12, the dialect of OpenAPI 3.1). `shape` makes the compiler
 * hold each against the type that it describes: no field can be forgotten, and none that is optional can be demanded.
 */

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A field that may be absent. */
export interface OptionalField {
  readonly optional: JsonSchema;
}

type Fields<T> = { readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? OptionalField : JsonSchema };

export const text: JsonSchema = { type: 'string' };
export const number: JsonSchema = { type: 'number' };
export const whole: JsonSchema = { type: 'integer' };
export const flag: JsonSchema = { type: 'boolean' };
export const anything: JsonSchema = {};
export const instant: JsonSchema = { type: 'number', description: 'Epoch milliseconds, fractional.' };
/** JSON knows no infinity. */
export const bound: JsonSchema = { type: ['number', 'null'], description: 'Null if there is no limit.' };

export function list(items: JsonSchema, maxItems?: number): JsonSchema {
  return { type: 'array', items, ...(maxItems !== undefined && { maxItems }) };
}

/** An object whose keys are names and whose values are all of one kind. */
export function record(values: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: values };
}

export function choice(values: readonly (string | number | boolean)[]): JsonSchema {
  return { enum: values };
}

export function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function optional(schema: JsonSchema): OptionalField {
  return { optional: schema };
}

/** A schema of the document's components. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The schema of an object of type `T`: `shape<Problem>()({ … })`. */
export function shape<T extends object>(): (fields: Fields<T>) => JsonSchema {
  return (fields) => objectOf(fields);
}

function objectOf(fields: Readonly<Record<string, JsonSchema | OptionalField>>): JsonSchema {
  const entries = Object.entries(fields);
  const isOptional = (field: JsonSchema | OptionalField): field is OptionalField => 'optional' in field;
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, field]) => [name, isOptional(field) ? field.optional : field] as const),
    ),
    required: entries.filter(([, field]) => !isOptional(field)).map(([name]) => name),
    additionalProperties: false,
  };
}
