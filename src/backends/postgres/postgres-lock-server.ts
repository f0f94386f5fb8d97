import type { NodeSign } from '../../supervisor/ports/locking.ts';
import { documentOf } from '../exchange/group-document.ts';
import type { Deadline, LockServer, ServerReply, ServerRequest, WantedLock } from '../exchange/lock-server.ts';
import type { ChannelListener, TriedChannel } from '../exchange/tried-channel.ts';
import type { PostgresConnection } from './connection/postgres-connection.ts';
import { PostgresFault } from './connection/postgres-fault.ts';

/** The JSON that a function of the schema answers. */
interface Fields {
  readonly [name: string]: unknown;
}

/** The channel on which exchanges tell their news. */
export interface NewsChannel {
  readonly name: string;
  hear(listener: ChannelListener): TriedChannel;
}

/** Postgres as a lock server: each call is one statement that calls one function of the schema, see lock-schema.ts. */
export class PostgresLockServer implements LockServer {
  readonly name = 'postgres';
  readonly displayName = 'Postgres';
  readonly #connection: PostgresConnection;
  readonly #schema: string;
  readonly #channel: NewsChannel;

  /** @param schema Quoted, ready to be put before a name. */
  constructor(connection: PostgresConnection, schema: string, channel: NewsChannel) {
    this.#connection = connection;
    this.#schema = schema;
    this.#channel = channel;
  }

  wallMs(limitMs: number): Promise<unknown> {
    return this.#select('lock_wall_ms()', [], limitMs);
  }

  exchange({ releases, renewals, attempts, news, sign }: ServerRequest, deadline: Deadline): Promise<ServerReply> {
    const request = {
      releases: releases.map(({ key, lockId }) => ({ key, lock_id: lockId })),
      renewals: renewals.map(inRequest),
      attempts: attempts.map((locks) => locks.map(inRequest)),
      ...(news && { news: { ...news, channel: this.#channel.name } }),
      ...(sign && { sign: signIn(sign) }),
    };
    const name = news === undefined && sign === undefined ? 'exchange_locks' : 'exchange_and_tell';
    return this.#call(name, { request, deadline }, (fields) => ({
      renewals: fields['renewals'],
      tokens: fields['attempts'],
      isTold: fields['is_told'],
      roster: rosterOf(Object(fields['roster']) as Fields),
    }));
  }

  announce(sign: NodeSign, deadline: Deadline): Promise<ServerReply> {
    return this.#call('announce_node', { request: signIn(sign), deadline }, rosterOf);
  }

  readGroup(id: string, deadline: Deadline): Promise<ServerReply> {
    return this.#call('read_group', { request: { group_id: id }, deadline }, ({ keys }) => keys);
  }

  channel(listener: ChannelListener): TriedChannel {
    return this.#channel.hear(listener);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Every function of the schema answers with whether it was late, and the time; the other fields are its own. */
  async #call(
    name: string,
    { request, deadline }: { readonly request: object; readonly deadline: Deadline },
    read: (fields: Fields) => unknown,
  ): Promise<ServerReply> {
    const values = [JSON.stringify({ ...request, deadline_ms: deadline.atMs })];
    const reply = await this.#select(`${name}($1::jsonb)`, values, deadline.limitMs);
    const fields = Object(reply) as Fields;
    return { isLate: fields['is_late'], nowMs: fields['now_ms'], answer: read(fields) };
  }

  async #select(call: string, values: readonly unknown[], limitMs: number): Promise<unknown> {
    const sql = `SELECT ${this.#schema}.${call} AS answer`;
    const [row] = await this.#connection.query<{ answer: unknown }>(sql, values, limitMs);
    if (row === undefined) throw new PostgresFault('it answered without a row', { isUnknown: true });
    return row.answer;
  }
}

function inRequest({ key, lockId, ttlMs, occurrence }: WantedLock): object {
  const lock = { key, lock_id: lockId, ttl_ms: ttlMs };
  return occurrence === undefined ? lock : { ...lock, claim_of: occurrence.of, claim_at: occurrence.atMs };
}

function signIn({ nodeId, ttlMs, group }: NodeSign): object {
  const keys = group?.keys && { group_keys: documentOf(group.keys) };
  return { node_id: nodeId, ttl_ms: ttlMs, ...(group && { group_id: group.id }), ...keys };
}

/** What the announcement of a node answers with. */
function rosterOf({ node_ids, groups, is_group_known }: Fields): unknown {
  return { nodeIds: node_ids, groups, isGroupKnown: is_group_known };
}
