/**
 * What `definePlugin()` takes as a schema: the interface that schema libraries agree on, https://standardschema.dev.
 * Schemas of zod, valibot and arktype have it. These are our own types for it, so that nothing has to be installed.
 */

/** A schema of any library that keeps to Standard Schema, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the library offers to those who do not know it. */
  readonly '~standard': StandardSchemaProps<Input, Output>;
}

/** What a schema offers. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** The version of the interface. */
  readonly version: 1;
  /** The name of the library. */
  readonly vendor: string;
  /** Checks a value. May return a promise; a value that is wrong is a result, not a rejection. */
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
  /** Says to the compiler what the schema takes and what it makes of it. Nobody reads it at run time. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

/** What a schema says of a value: what it makes of it, or what is wrong. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** Where in the value: the keys from the outermost to the innermost. Absent: the value as a whole. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
