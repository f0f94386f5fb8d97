/**
 * One route of the API: how it is reached, what it takes, what it answers, and what it does. The app, the OpenAPI
 * document and the tests read the same descriptions.
 */
import * as v from 'valibot';
import type { SchedulerSource } from '../../scheduler-source.ts';
import type { JsonSchema } from '../answers/json-schema.ts';
import type { Visitor } from '../gates/gate.ts';
import type { RefusalStatus } from '../refusal.ts';
import { type RawInput, readInput } from './read-input.ts';

/** Whom a route serves: everybody, those who may look, or those who may act. */
export type Access = 'everybody' | 'look' | 'act';

/** What a route answers when it does what was asked. `schema` is of its JSON; a `contentType` is of other bodies. */
export type RouteAnswer =
  | { readonly status: 200 | 202; readonly schema: JsonSchema }
  | { readonly status: 204 }
  | { readonly status: 200; readonly contentType: string };

export interface RouteInputs {
  readonly params: v.ObjectEntries;
  readonly query: v.ObjectEntries;
  readonly body: v.ObjectEntries;
}

/** What a route is called with. */
export interface Call {
  readonly source: SchedulerSource;
  /** Whether nobody may act. */
  readonly isReadOnly: boolean;
  /** Where a browser reaches the console, if that is known. */
  readonly url: string | null;
  /** Nobody on routes for everybody. */
  readonly visitor: Visitor | null;
  readonly request: Request;
}

export interface Route {
  /** The `operationId`: unique, as `pauseSchedule`. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** With its parameters in braces: `/api/schedules/{key}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly inputs: RouteInputs;
  readonly answer: RouteAnswer;
  /** How it may refuse, beside what every route of its access may. */
  readonly refusals: readonly RefusalStatus[];
  /** Whether the scheduler itself bounds how long it takes, by limits that the user has set. The console has none then. */
  readonly hasOwnLimit?: true;
  /** Checks the input and answers with a value for JSON, or with a response of its own. */
  serve(call: Call, input: RawInput): Promise<unknown>;
}

type Outputs<E extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<E, undefined>>;
type None = Record<never, never>;

interface RouteDescription<P extends v.ObjectEntries, Q extends v.ObjectEntries, B extends v.ObjectEntries>
  extends Omit<Route, 'inputs' | 'serve' | 'refusals'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly refusals?: readonly RefusalStatus[];
  handle(
    call: Call,
    input: { readonly params: Outputs<P>; readonly query: Outputs<Q>; readonly body: Outputs<B> },
  ): Promise<unknown>;
}

/** Makes a route: `handle` is called with input that has been checked. */
export function route<
  P extends v.ObjectEntries = None,
  Q extends v.ObjectEntries = None,
  B extends v.ObjectEntries = None,
>({ params, query, body, refusals = [], handle, ...rest }: RouteDescription<P, Q, B>): Route {
  const schemas = {
    params: v.strictObject({ ...params } as P),
    query: v.strictObject({ ...query } as Q),
    body: v.strictObject({ ...body } as B),
  };
  return {
    ...rest,
    refusals,
    inputs: { params: schemas.params.entries, query: schemas.query.entries, body: schemas.body.entries },
    serve: async (call, input) =>
      handle(call, {
        params: readInput('path', schemas.params, input.params),
        query: readInput('query', schemas.query, input.query),
        body: readInput('body', schemas.body, input.body),
      }),
  };
}
