import type * as v from 'valibot';
import type { JsonSchema } from '../answers/json-schema.ts';

type Schema = v.GenericSchema;
type Part = { readonly kind: string; readonly type: string };

/**
 * The JSON schema of an input. It describes the value, not its spelling in a query: where a number is read from text,
 * the last schema of the pipe says what it has to be.
 */
export function inputSchema(schema: Schema): JsonSchema {
  if (isPipe(schema)) return pipeSchema(schema.pipe);
  if (isWrapper(schema)) return inputSchema(schema.wrapped);
  if (isChoice(schema)) return { enum: schema.options };
  if (isUnion(schema)) return { anyOf: schema.options.map(inputSchema) };
  if (isList(schema)) return { type: 'array', items: inputSchema(schema.item) };
  if (['string', 'number', 'boolean'].includes(schema.type)) return { type: schema.type };
  throw new TypeError(`The schema of type "${schema.type}" cannot be described.`);
}

/** Whether the field may be absent. */
export function isOptional(schema: { readonly type: string }): boolean {
  return schema.type === 'exact_optional';
}

function pipeSchema(parts: readonly Part[]): JsonSchema {
  const schemas = parts.filter((part): part is Schema & Part => part.kind === 'schema');
  // What a value is turned into by itself, a union of its spellings say.
  const described = schemas.find(isUnion) ?? schemas.at(-1);
  if (described === undefined) return {};
  const bare = inputSchema({ ...described, pipe: undefined } as Schema);
  return Object.assign({}, bare, ...parts.map((part) => (isUnion(described) ? {} : constraintOf(part, bare))));
}

function constraintOf(part: Part, { type }: JsonSchema): JsonSchema {
  const requirement = 'requirement' in part ? part.requirement : undefined;
  if (part.type === 'integer') return { type: 'integer' };
  if (part.type === 'min_value') return { minimum: requirement };
  if (part.type === 'max_value') return { maximum: requirement };
  if (part.type === 'min_length') return { minLength: requirement };
  if (part.type === 'max_length') return type === 'array' ? { maxItems: requirement } : { maxLength: requirement };
  return {};
}

function isPipe(schema: Schema): schema is Schema & { readonly pipe: readonly Part[] } {
  return 'pipe' in schema && Array.isArray(schema.pipe);
}

function isWrapper(schema: Schema): schema is Schema & { readonly wrapped: Schema } {
  return 'wrapped' in schema;
}

function isChoice(schema: Schema): schema is Schema & { readonly options: readonly string[] } {
  return schema.type === 'picklist';
}

function isUnion(schema: Part): schema is Schema & { readonly options: readonly Schema[] } {
  return schema.type === 'union';
}

function isList(schema: Schema): schema is Schema & { readonly item: Schema } {
  return schema.type === 'array';
}
