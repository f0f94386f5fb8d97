/**
 * The versions of a schema: one for each component, so that a lock backend and a store can share a schema without
 * knowing of each other. Nodes that start at once take turns on an advisory lock. A node that finds everything in place
 * needs no right to create anything, so that it can run in a role without such rights on a schema that another role
 * has prepared.
 */
import { BackendError } from '../../../errors.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import type { PostgresConnection, Query } from '../connection/postgres-connection.ts';
import { PostgresFault } from '../connection/postgres-fault.ts';

/** SQLSTATEs of a query for the versions on a table of another program: other columns, or other types. */
const OTHER_TABLE = /^(42703|42804|42809|42883|22)/;

/** One step: statements, separated by semicolons. `schema` is quoted, ready to be put before a name. */
export type MigrationStep = (schema: string) => string;

export interface Migrations {
  /** Whose steps these are, such as `locks`. */
  readonly component: string;
  /** All steps from nothing to the current version, which is their count. A step that was released never changes. */
  readonly steps: readonly MigrationStep[];
}

/** Waiting for another node that prepares the schema, or rewriting a table, takes longer than other calls may. */
const MIGRATION_LIMIT_MS = 30_000;

/**
 * Brings a component of the schema to the current version. Any number of nodes may call it at once.
 * @throws {BackendError} The schema is newer than this code, or a step fails.
 */
export async function migrateComponent(
  connection: PostgresConnection,
  schema: string,
  { component, steps }: Migrations,
): Promise<void> {
  const quoted = quotedSchema(schema);
  const stepsLeft = async (query: Query): Promise<readonly MigrationStep[]> => {
    const version = await installedVersion(query, schema, component);
    if (version <= steps.length) return steps.slice(version);
    throw newerSchema(schema, component, { version, known: steps.length });
  };
  try {
    if ((await stepsLeft((text, values) => connection.query(text, values))).length === 0) return;
    await connection.transaction(async (query) => {
      await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`escapement migrates ${schema}`]);
      const left = await stepsLeft(query);
      if (left.length === 0) return;
      await createVersionTable(query, schema);
      for (const step of left) await query(step(quoted));
      await query(versionSql(quoted, component, steps.length));
    }, MIGRATION_LIMIT_MS);
  } catch (error) {
    if (error instanceof BackendError) throw error;
    const reason = error instanceof PostgresFault ? error.reason : reasonOf(error);
    throw new BackendError('postgres', `schema "${schema}" cannot be prepared: ${reason}`, { cause: error });
  }
}

/**
 * What a role needs that runs nodes and creates nothing: statements, for a schema that is prepared.
 * @param role As the database spells it.
 */
export function grantSql(schema: string, role: string): readonly string[] {
  const quoted = quotedSchema(schema);
  const to = `TO "${role.replaceAll('"', '""')}"`;
  return [
    `GRANT USAGE ON SCHEMA ${quoted} ${to}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${quoted} ${to}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${quoted} ${to}`,
    `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${quoted} ${to}`,
  ];
}

/** Statements that bring a schema from nothing, or from the versions that are installed, to the current ones. */
export function migrationSql(
  schema: string,
  components: readonly Migrations[],
  installed: ReadonlyMap<string, number> = new Map(),
): readonly string[] {
  const quoted = quotedSchema(schema);
  const steps = components.flatMap((migrations) => {
    const { component } = migrations;
    const left = migrations.steps.slice(installed.get(component) ?? 0);
    return left.length === 0
      ? []
      : [...left.map((step) => step(quoted)), versionSql(quoted, component, migrations.steps.length)];
  });
  if (steps.length === 0 || installed.size > 0) return steps;
  return [`CREATE SCHEMA IF NOT EXISTS ${quoted}`, versionTableSql(quoted), ...steps];
}

/**
 * Makes sure that a component is there in the current version, and changes nothing.
 * @throws {BackendError} It is not there, has another version, or the schema is that of another program.
 * @throws {PostgresFault} The database does not answer.
 */
export async function mustBeInstalled(
  connection: PostgresConnection,
  schema: string,
  { component, steps }: Migrations,
): Promise<void> {
  const version = await installedVersion((text, values) => connection.query(text, values), schema, component).catch(
    (error: unknown) => {
      if (!(error instanceof PostgresFault && OTHER_TABLE.test(error.sqlState ?? ''))) throw error;
      const reason = `schema "${schema}" is that of another program: its table "migrations" was not made by Escapement`;
      throw new BackendError('postgres', reason, { cause: error });
    },
  );
  if (version === steps.length) return;
  if (version > steps.length) throw newerSchema(schema, component, { version, known: steps.length });
  const found = version === 0 ? `no ${component}` : `version ${version} of its ${component}, not ${steps.length}`;
  throw new BackendError('postgres', `schema "${schema}" has ${found}: run \`escapement migrate\` first`);
}

function newerSchema(
  schema: string,
  component: string,
  { version, known }: { readonly version: number; readonly known: number },
): BackendError {
  return new BackendError(
    'postgres',
    `schema "${schema}" has version ${version} of its ${component}, but this release knows only versions up ` +
      `to ${known}: use the release that the other nodes run`,
  );
}

/** The versions of the components that are installed in a schema. */
export async function installedVersions(
  connection: PostgresConnection,
  schema: string,
  components: readonly Migrations[],
): Promise<ReadonlyMap<string, number>> {
  const query: Query = (text, values) => connection.query(text, values);
  const versions = new Map<string, number>();
  for (const { component } of components) {
    const version = await installedVersion(query, schema, component);
    if (version > 0) versions.set(component, version);
  }
  return versions;
}

/**
 * The name of a schema, ready to be put before that of a table.
 * @throws {BackendError} The name would have to be escaped, or is too long.
 */
export function quotedSchema(schema: string): string {
  if (/^[A-Za-z0-9_]{1,63}$/.test(schema)) return `"${schema}"`;
  throw new BackendError('postgres', `schema "${schema}" must be 1 to 63 letters, digits and underscores`);
}

/** Reads the catalogue itself: `to_regclass` reads a cache, which misses what others committed while we waited. */
async function installedVersion(query: Query, schema: string, component: string): Promise<number> {
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

/** `CREATE SCHEMA IF NOT EXISTS` demands the right to create a schema even when it exists, so we look first. */
async function createVersionTable(query: Query, schema: string): Promise<void> {
  const quoted = quotedSchema(schema);
  const found = await query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) await query(`CREATE SCHEMA ${quoted}`);
  await query(versionTableSql(quoted));
}

function versionTableSql(quoted: string): string {
  return `CREATE TABLE IF NOT EXISTS ${quoted}.migrations (component text PRIMARY KEY, version integer NOT NULL)`;
}

function versionSql(quoted: string, component: string, version: number): string {
  return `INSERT INTO ${quoted}.migrations (component, version) VALUES ('${component}', ${version})
    ON CONFLICT (component) DO UPDATE SET version = excluded.version`;
}
