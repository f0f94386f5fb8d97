/**
 * The schema's versions, one a component, so that a lock backend and a store share a schema and know nothing of each
 * other. Nodes that start at once take turns on an advisory lock; who finds everything in place asks for no rights, so
 * that a role which may not create anything runs on a schema that another one has prepared.
 */
import { BackendError } from '../../errors.ts';
import type { PostgresConnection, Query } from './connection.ts';
import { readableReason } from './postgres-fault.ts';

/** One step: statements, separated by semicolons. `schema` is quoted, ready to be put before a name. */
export type MigrationStep = (schema: string) => string;

export interface Migrations {
  /** Whose steps they are: `locks`. */
  readonly component: string;
  /** From nothing to the present version, which is their count. A step that was released never changes. */
  readonly steps: readonly MigrationStep[];
}

/** A schema that others are preparing, or a table that has to be rewritten, takes its time. */
const MIGRATION_LIMIT_MS = 30_000;

/**
 * Brings a component of the schema to the present version. Any number of nodes may call it at once.
 * @throws {BackendError} The schema is newer than this code, or a step fails.
 */
export async function migrate(
  connection: PostgresConnection,
  schema: string,
  { component, steps }: Migrations,
): Promise<void> {
  const quoted = quotedSchema(schema);
  const present = (query: Query) => presentVersion(query, schema, component);
  const isCurrent = (version: number): boolean => {
    if (version <= steps.length) return version === steps.length;
    throw new BackendError(
      'postgres',
      `schema "${schema}" has version ${version} of its ${component}, and this release knows ${steps.length} at most: use the release that all nodes run`,
    );
  };
  try {
    if (isCurrent(await present((text, values) => connection.query(text, values)))) return;
    await connection.transaction(async (query) => {
      await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`escapement migrates ${schema}`]);
      const version = await present(query);
      if (isCurrent(version)) return;
      await prepare(query, schema);
      for (const step of steps.slice(version)) await query(step(quoted));
      await query(
        `INSERT INTO ${quoted}.migrations (component, version) VALUES ($1, $2)
         ON CONFLICT (component) DO UPDATE SET version = excluded.version`,
        [component, steps.length],
      );
    }, MIGRATION_LIMIT_MS);
  } catch (error) {
    if (error instanceof BackendError) throw error;
    throw new BackendError('postgres', `schema "${schema}" cannot be prepared: ${readableReason(error, '')}`, {
      cause: error,
    });
  }
}

/** @throws {BackendError} It is no name that needs no thought: letters, digits and underscores, 63 at most. */
export function quotedSchema(schema: string): string {
  if (/^[A-Za-z0-9_]{1,63}$/.test(schema)) return `"${schema}"`;
  throw new BackendError('postgres', `schema "${schema}": accepted are 1 to 63 letters, digits and underscores`);
}

/** Looks in the catalogue itself: `to_regclass` asks a cache, which misses what another committed while we waited. */
async function presentVersion(query: Query, schema: string, component: string): Promise<number> {
  const found = await query(
    `SELECT 1 FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
     WHERE namespace.nspname = $1 AND class.relname = 'migrations'`,
    [schema],
  );
  if (found.length === 0) return 0;
  const [row] = await query<{ version: number }>(
    `SELECT version FROM ${quotedSchema(schema)}.migrations WHERE component = $1`,
    [component],
  );
  return row?.version ?? 0;
}

/** `CREATE SCHEMA IF NOT EXISTS` asks for the right to create one even where it is there. */
async function prepare(query: Query, schema: string): Promise<void> {
  const quoted = quotedSchema(schema);
  const found = await query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) await query(`CREATE SCHEMA ${quoted}`);
  await query(`CREATE TABLE IF NOT EXISTS ${quoted}.migrations (component text PRIMARY KEY, version integer NOT NULL)`);
}
