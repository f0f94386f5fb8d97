import { claiming, sweeping } from './lock-claims-schema.ts';
import { grouping } from './lock-groups-schema.ts';
import { telling } from './lock-news-schema.ts';
import type { Migrations } from './migrations.ts';

/**
 * What the lock backend keeps in the schema. An exchange is one call of one function, so that it is one round trip and
 * one transaction through any pooler. All exchanges take the same advisory lock first: they run one after another, each
 * sees what the one before has committed, and they cannot deadlock. Each reads the database's clock once it has that
 * lock.
 */
export function lockMigrations(schema: string): Migrations {
  return {
    component: 'locks',
    steps: [tables, (quoted) => functions(quoted, schema), claiming, grouping, telling, sweeping],
  };
}

function tables(quoted: string): string {
  return `
    CREATE SEQUENCE ${quoted}.lock_tokens;
    CREATE TABLE ${quoted}.locks (
      key text PRIMARY KEY,
      lock_id text NOT NULL,
      token bigint NOT NULL,
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX locks_expiry ON ${quoted}.locks (expires_at);
    CREATE TABLE ${quoted}.lock_nodes (
      node_id text PRIMARY KEY,
      expires_at timestamptz NOT NULL
    );`;
}

/**
 * `enter_locks` returns whether the caller still waits: a statement that lay in the buffer of a stopped server must not
 * take locks for a caller that has given up. If the server acknowledges commits before they are on disk, these commits
 * wait for the disk: a lock that a crash forgets would have two holders.
 */
function functions(quoted: string, schema: string): string {
  return `
    CREATE FUNCTION ${quoted}.lock_wall_ms() RETURNS double precision LANGUAGE sql VOLATILE AS $body$
      SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision;
    $body$;

    CREATE FUNCTION ${quoted}.enter_locks(deadline_ms double precision) RETURNS boolean LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM set_config('lock_timeout', '2500', true);
      IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
      END IF;
      PERFORM pg_advisory_xact_lock(hashtextextended('escapement locks ${schema}', 0));
      RETURN ${quoted}.lock_wall_ms() <= deadline_ms;
    END $body$;

    CREATE FUNCTION ${quoted}.exchange_locks(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      present timestamptz;
      wanted record;
      attempt jsonb;
      new_token bigint;
      tokens jsonb;
      renewed jsonb := '[]';
      taken jsonb := '[]';
    BEGIN
      IF NOT ${quoted}.enter_locks((request->>'deadline_ms')::double precision) THEN
        RETURN jsonb_build_object('is_late', true, 'now_ms', ${quoted}.lock_wall_ms());
      END IF;
      present := clock_timestamp();

      DELETE FROM ${quoted}.locks AS held
      USING jsonb_to_recordset(request->'releases') AS given(key text, lock_id text)
      WHERE held.key = given.key AND held.lock_id = given.lock_id;

      FOR wanted IN
        SELECT item->>'key' AS key, item->>'lock_id' AS lock_id, (item->>'ttl_ms')::double precision AS ttl_ms
        FROM jsonb_array_elements(request->'renewals') WITH ORDINALITY AS list(item, place) ORDER BY place
      LOOP
        UPDATE ${quoted}.locks AS held SET expires_at = present + wanted.ttl_ms * interval '1 millisecond'
        WHERE held.key = wanted.key AND held.lock_id = wanted.lock_id AND held.expires_at > present;
        renewed := renewed || to_jsonb(FOUND);
      END LOOP;

      FOR attempt IN
        SELECT item FROM jsonb_array_elements(request->'attempts') WITH ORDINALITY AS list(item, place) ORDER BY place
      LOOP
        tokens := NULL;
        IF NOT EXISTS (
          SELECT FROM jsonb_to_recordset(attempt) AS given(key text)
          JOIN ${quoted}.locks AS held ON held.key = given.key
          WHERE held.expires_at > present
        ) THEN
          tokens := '[]';
          FOR wanted IN
            SELECT item->>'key' AS key, item->>'lock_id' AS lock_id, (item->>'ttl_ms')::double precision AS ttl_ms
            FROM jsonb_array_elements(attempt) WITH ORDINALITY AS list(item, place) ORDER BY place
          LOOP
            new_token := nextval('${quoted}.lock_tokens');
            INSERT INTO ${quoted}.locks AS held (key, lock_id, token, expires_at)
            VALUES (wanted.key, wanted.lock_id, new_token, present + wanted.ttl_ms * interval '1 millisecond')
            ON CONFLICT (key) DO UPDATE
            SET lock_id = excluded.lock_id, token = excluded.token, expires_at = excluded.expires_at;
            tokens := tokens || to_jsonb(new_token::text);
          END LOOP;
        END IF;
        taken := taken || jsonb_build_array(tokens);
      END LOOP;

      -- Claims of occurrences are never released but left to expire: a slice of them goes each time.
      DELETE FROM ${quoted}.locks WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${quoted}.locks WHERE expires_at <= present ORDER BY expires_at LIMIT 100
      ));
      RETURN jsonb_build_object(
        'is_late', false, 'now_ms', ${quoted}.lock_wall_ms(), 'renewals', renewed, 'attempts', taken
      );
    END $body$;

    CREATE FUNCTION ${quoted}.announce_node(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      present timestamptz;
      node_ids jsonb;
    BEGIN
      IF NOT ${quoted}.enter_locks((request->>'deadline_ms')::double precision) THEN
        RETURN jsonb_build_object('is_late', true, 'now_ms', ${quoted}.lock_wall_ms());
      END IF;
      present := clock_timestamp();
      INSERT INTO ${quoted}.lock_nodes (node_id, expires_at)
      VALUES (
        request->>'node_id',
        present + (request->>'ttl_ms')::double precision * interval '1 millisecond'
      )
      ON CONFLICT (node_id) DO UPDATE SET expires_at = excluded.expires_at;
      DELETE FROM ${quoted}.lock_nodes WHERE expires_at <= present;
      SELECT coalesce(jsonb_agg(node_id ORDER BY node_id), '[]') INTO node_ids FROM ${quoted}.lock_nodes;
      RETURN jsonb_build_object('is_late', false, 'now_ms', ${quoted}.lock_wall_ms(), 'node_ids', node_ids);
    END $body$;`;
}
