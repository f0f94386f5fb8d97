/** The OpenAPI 3.1 document, made of the routes' own descriptions. */
import type * as v from 'valibot';
import type { JsonSchema } from '../answers/json-schema.ts';
import { SCHEMAS } from '../answers/schemas.ts';
import type { RefusalStatus } from '../refusal.ts';
import type { Access, Route, RouteAnswer } from '../routes/route.ts';
import { inputSchema, isOptional } from './input-schema.ts';

/** How a route of each access may refuse, whatever it does. */
const REFUSALS: Readonly<Record<Access, readonly RefusalStatus[]>> = {
  everybody: [],
  look: [400, 401, 403, 429, 500, 503],
  act: [400, 401, 403, 413, 429, 500, 503],
};

const REASONS: Readonly<Record<RefusalStatus, string>> = {
  400: 'The input is wrong; the message says what.',
  401: 'Nobody is signed in, or the token is wrong.',
  403: 'The visitor may not do this, or the request comes from another site.',
  404: 'There is no such schedule, run or plugin.',
  405: 'The path has no such method.',
  409: 'It cannot be done now; the message says why.',
  413: 'The body is too large.',
  429: 'There are too many requests, clients or wrong tokens.',
  500: 'The console or the scheduler has a fault.',
  501: 'An optional package is not installed.',
  503: 'The scheduler does not answer, or is not ready.',
};

export function openApiDocument(routes: readonly Route[], version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Escapement console', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '..', description: 'Where the console is mounted.' }],
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operationOf(route: Route): JsonSchema {
  const { params, query, body } = route.inputs;
  return {
    operationId: route.id,
    summary: route.summary,
    // An empty requirement: where there is no token, nothing has to be sent.
    ...(route.access !== 'everybody' && { security: [{ token: [] }, {}] }),
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    ...(Object.keys(body).length > 0 && { requestBody: requestBodyOf(body) }),
    responses: {
      [String(route.answer.status)]: responseOf(route.answer),
      ...Object.fromEntries([...REFUSALS[route.access], ...route.refusals].map((status) => refusalOf(status, route))),
    },
  };
}

function parametersOf(where: 'path' | 'query', fields: v.ObjectEntries): JsonSchema[] {
  return Object.entries(fields).map(([name, schema]) => ({
    name,
    in: where,
    required: !isOptional(schema),
    schema: inputSchema(schema as v.GenericSchema),
  }));
}

function requestBodyOf(fields: v.ObjectEntries): JsonSchema {
  const entries = Object.entries(fields);
  const required = entries.filter(([, schema]) => !isOptional(schema)).map(([name]) => name);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, field]) => [name, inputSchema(field as v.GenericSchema)])),
    required,
    additionalProperties: false,
  };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}

function responseOf(answer: RouteAnswer): JsonSchema {
  const description = 'It is done.';
  if ('schema' in answer) return { description, content: { 'application/json': { schema: answer.schema } } };
  if ('contentType' in answer)
    return { description, content: { [answer.contentType]: { schema: { type: 'string' } } } };
  return { description };
}

function refusalOf(status: RefusalStatus, { id }: Route): [string, JsonSchema] {
  // A scheduler that is not ready says what is wrong in the form of the answer.
  const name = id === 'getReadiness' ? 'Readiness' : 'Refusal';
  const schema = { $ref: `#/components/schemas/${name}` };
  return [String(status), { description: REASONS[status], content: { 'application/json': { schema } } }];
}
