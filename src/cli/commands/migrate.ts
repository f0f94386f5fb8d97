import { PostgresConnection } from '../../backends/postgres/connection/postgres-connection.ts';
import { lockMigrations } from '../../backends/postgres/schema/lock-schema.ts';
import {
  grantSql,
  installedVersions,
  type Migrations,
  migrateComponent,
  migrationSql,
} from '../../backends/postgres/schema/migrations.ts';
import { storeMigrations } from '../../backends/postgres/schema/store-schema.ts';
import { SystemClock } from '../../supervisor/clocks/system-clock.ts';
import type { Command, CommandArguments } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { isPostgresUrl, SCHEMA_OPTION, schemaOf } from '../input/postgres-place.ts';
import { UsageError } from '../input/usage-error.ts';
import type { Terminal } from '../output/terminal.ts';

/** What is to be prepared, and for whom. */
interface Order {
  readonly url: string | undefined;
  readonly schema: string;
  readonly components: readonly Migrations[];
  readonly role: string | undefined;
}

const PARTS = ['store', 'locks'] as const;

/** `escapement migrate`: prepares a schema of Postgres, for programs that may create nothing. */
export const migrateCommand: Command = {
  name: 'migrate',
  parameters: '[<postgres url>]',
  summary: 'prepare a Postgres schema, or print the SQL that does',
  options: {
    schema: SCHEMA_OPTION,
    for: { type: 'string', value: '<part>', help: 'store or locks (default: both)' },
    grant: { type: 'string', value: '<role>', help: 'give this role what a program needs' },
    'print-sql': { type: 'boolean', help: 'print the statements and change nothing' },
  },
  details: [
    'Programs prepare their schema themselves when they start. This command is for\ndatabases in which they may create nothing.',
    'With --print-sql and no URL it prints how a schema is made from nothing; with a\nURL it prints what that database lacks.',
    'Example: escapement migrate postgres://admin@db/app --grant scheduler',
  ],
  run: async (args, terminal) => {
    const order = orderOf(args);
    const isPrinted = args.values['print-sql'] === true;
    if (order.url === undefined) {
      if (!isPrinted) throw new UsageError('migrate needs the URL of a database, or --print-sql.');
      print(migrationSql(order.schema, order.components), order, terminal);
      return 0;
    }
    const options = { connectionString: order.url, maxConnections: 1 };
    const connection = await PostgresConnection.open(options, new SystemClock());
    try {
      if (isPrinted) {
        const installed = await installedVersions(connection, order.schema, order.components);
        print(migrationSql(order.schema, order.components, installed), order, terminal);
      } else await prepare(connection, order, terminal);
    } finally {
      await connection.close();
    }
    return 0;
  },
};

function print(statements: readonly string[], { schema, role }: Order, terminal: Terminal): void {
  const all = [...statements, ...(role === undefined ? [] : grantSql(schema, role))];
  if (all.length === 0) terminal.notice('The schema has everything: there is nothing to do.');
  else terminal.result(['BEGIN', ...all, 'COMMIT'].map((sql) => `${sql.trim().replace(/;$/, '')};`).join('\n'));
}

async function prepare(connection: PostgresConnection, { schema, components, role }: Order, terminal: Terminal) {
  for (const migrations of components) {
    await migrateComponent(connection, schema, migrations);
    terminal.result(`Schema ${schema} has version ${migrations.steps.length} of its ${migrations.component}.`);
  }
  if (role === undefined) return;
  await connection.transaction(async (query) => {
    for (const sql of grantSql(schema, role)) await query(sql);
  });
  terminal.result(`Role ${role} may use it.`);
}

function orderOf(args: CommandArguments): Order {
  const [url, ...others] = args.positionals;
  if (others.length > 0)
    throw new UsageError(`migrate takes one URL, but ${args.positionals.length} words were given.`);
  if (url !== undefined && !isPostgresUrl(url)) {
    throw new UsageError('The URL of the database must begin with postgres://.');
  }
  const schema = schemaOf(args);
  const part = textOption(args, 'for');
  if (part !== undefined && !PARTS.some((known) => known === part)) {
    throw new UsageError(`Option --for must be store or locks, not "${part}".`);
  }
  const components = [storeMigrations(schema), lockMigrations(schema)].filter(
    ({ component }) => part === undefined || component === part,
  );
  return { url, schema, components, role: textOption(args, 'grant') };
}
