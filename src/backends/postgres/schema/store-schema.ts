import type { Migrations } from './migrations.ts';
import { naming, timing } from './store-admission-schema.ts';
import { auditing } from './store-audit-schema.ts';
import { grouping } from './store-groups-schema.ts';
import { identifying } from './store-identity-schema.ts';
import { keeping } from './store-kv-schema.ts';
import { telling } from './store-news-schema.ts';
import { pruning } from './store-pruning-schema.ts';

/**
 * What the store keeps in the schema. A batch is one call of `store_write`: one round trip, one transaction. All
 * writers take the same advisory lock first, so that revisions rise in the order of commits. JSON is kept as text,
 * because `jsonb` refuses `\u0000`. A forgotten schedule leaves a row without a state, so that its revisions go on
 * rising.
 */
export function storeMigrations(schema: string): Migrations {
  return {
    component: 'store',
    steps: [
      tables,
      (quoted) => serving(quoted, schema),
      writing,
      looking,
      leaving,
      refusing,
      timing,
      naming,
      identifying,
      grouping,
      telling,
      keeping,
      auditing,
      pruning,
    ],
  };
}

function tables(q: string): string {
  return `
    CREATE SEQUENCE ${q}.store_revisions;
    CREATE TABLE ${q}.nodes (
      node_id text PRIMARY KEY, last_written bigint NOT NULL DEFAULT 0, last_burnt bigint NOT NULL DEFAULT 0,
      expires_at timestamptz NOT NULL
    );
    CREATE TABLE ${q}.schedules (key text PRIMARY KEY, state text, revision bigint NOT NULL);
    CREATE INDEX schedules_by_revision ON ${q}.schedules (revision);
    CREATE TABLE ${q}.claims (run_id text PRIMARY KEY, key text NOT NULL, node_id text NOT NULL, claim text NOT NULL);
    CREATE INDEX claims_by_key ON ${q}.claims (key);
    CREATE TABLE ${q}.runs (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id text NOT NULL UNIQUE, key text NOT NULL,
      outcome text NOT NULL, scheduled_at double precision NOT NULL, finished_at double precision NOT NULL,
      recovery_of text, record text NOT NULL, log text
    );
    CREATE INDEX runs_by_occurrence ON ${q}.runs (key, scheduled_at);
    CREATE INDEX runs_by_end ON ${q}.runs (finished_at);
    CREATE TABLE ${q}.decisions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, span text NOT NULL UNIQUE, key text NOT NULL,
      from_at double precision NOT NULL, until_at double precision NOT NULL, taken_at double precision NOT NULL,
      decision text NOT NULL
    );
    CREATE INDEX decisions_by_span ON ${q}.decisions (key, until_at);
    CREATE INDEX decisions_by_age ON ${q}.decisions (taken_at);
    CREATE TABLE ${q}.life (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, at double precision NOT NULL, kind text NOT NULL,
      event text NOT NULL
    );
    CREATE INDEX life_by_key ON ${q}.life (key, id);
    CREATE TABLE ${q}.sessions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, incarnation text NOT NULL, node text NOT NULL,
      started_at double precision NOT NULL, seen_at double precision NOT NULL, stopped_at double precision
    );`;
}

function serving(q: string, schema: string): string {
  return `
    CREATE FUNCTION ${q}.enter_store() RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM set_config('lock_timeout', '2500', true);
      IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
      END IF;
      PERFORM pg_advisory_xact_lock(hashtextextended('escapement store ${schema}', 0));
    END $body$;

    CREATE FUNCTION ${q}.store_heartbeat(node text, ttl_ms double precision) RETURNS void LANGUAGE sql AS $body$
      INSERT INTO ${q}.nodes (node_id, expires_at) VALUES (node, clock_timestamp() + ttl_ms * interval '1 millisecond')
      ON CONFLICT (node_id) DO UPDATE SET expires_at = excluded.expires_at;
    $body$;

    CREATE FUNCTION ${q}.store_view(wanted text[]) RETURNS jsonb LANGUAGE sql STABLE AS $body$
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'key', w, 'revision', coalesce(s.revision, 0), 'state', s.state,
        'claims', (SELECT coalesce(jsonb_agg(c.claim), '[]') FROM ${q}.claims c WHERE c.key = w))), '[]')
      FROM unnest(wanted) AS w LEFT JOIN ${q}.schedules s ON s.key = w;
    $body$;

    CREATE FUNCTION ${q}.store_burn(node text, batch bigint) RETURNS boolean LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.enter_store();
      IF EXISTS (SELECT FROM ${q}.nodes WHERE node_id = node AND last_written >= batch) THEN RETURN true; END IF;
      -- Asked again because the answer was lost, it has to answer the same.
      INSERT INTO ${q}.nodes (node_id, last_burnt, expires_at) VALUES (node, batch, clock_timestamp())
      ON CONFLICT (node_id) DO UPDATE SET last_burnt = greatest(nodes.last_burnt, excluded.last_burnt);
      RETURN false;
    END $body$;`;
}

/**
 * The status is 'late' if the batch number was used, 'conflict' with the current state, or 'written' with revisions.
 */
function writing(q: string): string {
  return `
    CREATE FUNCTION ${q}.store_write(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      node text := request->>'node';
      batch bigint := (request->>'batch')::bigint;
      stale text[];
      given jsonb;
    BEGIN
      PERFORM ${q}.enter_store();
      PERFORM ${q}.store_heartbeat(node, (request->>'ttl_ms')::double precision);
      IF batch <= (SELECT greatest(last_written, last_burnt) FROM ${q}.nodes WHERE node_id = node) THEN
        RETURN jsonb_build_object('status', 'late');
      END IF;
      SELECT array_agg(k.key) INTO stale FROM jsonb_to_recordset(request->'keys') AS k(key text, revision bigint)
        LEFT JOIN ${q}.schedules s ON s.key = k.key WHERE coalesce(s.revision, 0) <> k.revision;
      IF stale IS NOT NULL THEN
        RETURN jsonb_build_object('status', 'conflict', 'views', ${q}.store_view(stale));
      END IF;
      UPDATE ${q}.nodes SET last_written = batch WHERE node_id = node;
      WITH put AS (
        INSERT INTO ${q}.schedules SELECT x.key, x.state, nextval('${q}.store_revisions')
        FROM jsonb_to_recordset(request->'states') AS x(key text, state text)
        ON CONFLICT (key) DO UPDATE SET state = excluded.state, revision = excluded.revision RETURNING key, revision)
      SELECT coalesce(jsonb_agg(jsonb_build_object('key', key, 'revision', revision)), '[]') INTO given FROM put;
      INSERT INTO ${q}.claims SELECT x.run_id, x.key, node, x.claim
        FROM jsonb_to_recordset(request->'claims') AS x(run_id text, key text, claim text) ON CONFLICT DO NOTHING;
      DELETE FROM ${q}.claims WHERE run_id IN (SELECT jsonb_array_elements_text(request->'unclaims'));
      INSERT INTO ${q}.runs (run_id, key, outcome, scheduled_at, finished_at, recovery_of, record, log)
        SELECT x.* FROM jsonb_to_recordset(request->'runs') AS x(run_id text, key text, outcome text,
          scheduled_at double precision, finished_at double precision, recovery_of text, record text, log text)
        ON CONFLICT DO NOTHING;
      INSERT INTO ${q}.decisions (span, key, from_at, until_at, taken_at, decision)
        SELECT x.* FROM jsonb_to_recordset(request->'decisions') AS x(span text, key text,
          from_at double precision, until_at double precision, taken_at double precision, decision text)
        ON CONFLICT (span) DO UPDATE
        SET until_at = excluded.until_at, taken_at = excluded.taken_at, decision = excluded.decision;
      INSERT INTO ${q}.life (key, at, kind, event)
        SELECT x.* FROM jsonb_to_recordset(request->'life') AS x(key text, at double precision, kind text, event text);
      UPDATE ${q}.sessions SET seen_at = greatest(seen_at, (request->>'seen_at')::double precision) WHERE stopped_at IS NULL AND id =
        (SELECT max(o.id) FROM ${q}.sessions o WHERE o.node = request->>'node' AND o.incarnation = request->>'incarnation');
      RETURN jsonb_build_object('status', 'written', 'revisions', given);
    END $body$;`;
}

function looking(q: string): string {
  return `
    CREATE FUNCTION ${q}.store_look(node text, ttl_ms double precision, since bigint) RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.store_heartbeat(node, ttl_ms);
      RETURN jsonb_build_object(
        'views', ${q}.store_view(ARRAY(SELECT key FROM ${q}.schedules WHERE revision > since)),
        'nodes', (SELECT jsonb_agg(node_id ORDER BY node_id) FROM ${q}.nodes WHERE expires_at > clock_timestamp()),
        'now_ms', extract(epoch FROM clock_timestamp()) * 1000,
        'orphans', (SELECT coalesce(jsonb_agg(o.claim), '[]') FROM (SELECT c.claim FROM ${q}.claims c WHERE NOT EXISTS
          (SELECT FROM ${q}.nodes n WHERE n.node_id = c.node_id AND n.expires_at > clock_timestamp()) LIMIT 1000) o));
    END $body$;

    CREATE FUNCTION ${q}.store_enter(node text, incarnation text, at_ms double precision, ttl_ms double precision)
    RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO ${q}.sessions (incarnation, node, started_at, seen_at) VALUES (incarnation, node, at_ms, at_ms);
      RETURN ${q}.store_look(node, ttl_ms, 0);
    END $body$;`;
}

/** A node's row stays for a day after the node has left: its batch numbers fence off a statement that arrives late. */
function leaving(q: string): string {
  return `
    CREATE FUNCTION ${q}.store_leave(node_name text, own text, at_ms double precision) RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      -- A later incarnation may be at work under the same name.
      UPDATE ${q}.nodes SET expires_at = clock_timestamp() WHERE node_id = node_name AND own =
        (SELECT incarnation FROM ${q}.sessions WHERE node = node_name ORDER BY id DESC LIMIT 1);
      UPDATE ${q}.sessions SET seen_at = at_ms, stopped_at = at_ms
        WHERE id = (SELECT max(id) FROM ${q}.sessions WHERE node = node_name AND incarnation = own);
    END $body$;

    CREATE FUNCTION ${q}.store_prune(max_runs bigint, oldest_ms double precision, slice int) RETURNS boolean
    LANGUAGE plpgsql AS $body$
    DECLARE
      dropped bigint := 0;
      one bigint;
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtextextended('escapement prunes ${q}', 0)) THEN RETURN false; END IF;
      DELETE FROM ${q}.runs WHERE id IN (SELECT id FROM ${q}.runs WHERE id <=
        (SELECT max(id) FROM ${q}.runs) - max_runs OR finished_at < oldest_ms ORDER BY id LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; dropped := dropped + one;
      DELETE FROM ${q}.decisions WHERE id IN (SELECT id FROM ${q}.decisions WHERE id <=
        (SELECT max(id) FROM ${q}.decisions) - max_runs OR taken_at < oldest_ms ORDER BY id LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; dropped := dropped + one;
      DELETE FROM ${q}.sessions WHERE id IN (SELECT id FROM ${q}.sessions WHERE seen_at < oldest_ms LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; dropped := dropped + one;
      -- Of each kind the last event before the limit stays: what it says was still true then.
      DELETE FROM ${q}.life WHERE id IN (SELECT l.id FROM ${q}.life l WHERE l.at < oldest_ms AND EXISTS
        (SELECT FROM ${q}.life n WHERE n.key = l.key AND n.id > l.id AND n.at < oldest_ms
          AND n.kind = l.kind) LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; dropped := dropped + one;
      DELETE FROM ${q}.nodes WHERE expires_at < clock_timestamp() - interval '1 day'
        AND NOT EXISTS (SELECT FROM ${q}.claims c WHERE c.node_id = nodes.node_id);
      RETURN dropped > 0;
    END $body$;`;
}

/**
 * Rows that could not be used, for an operator. The row of a schedule stays where it is: the nodes that have the
 * schedule see for themselves that it is wrong, and one of them registers it anew.
 */
function refusing(q: string): string {
  return `
    CREATE TABLE ${q}.refused (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
      source text NOT NULL, reason text NOT NULL, key text, content text
    );
    CREATE FUNCTION ${q}.store_refuse(table_name text, place text, owner text, document text, why text) RETURNS boolean
    LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.enter_store();
      CASE table_name
        WHEN 'claims' THEN
          DELETE FROM ${q}.claims WHERE claim = document;
          -- Nodes that saw the claim when it was right have to look again.
          UPDATE ${q}.schedules SET revision = nextval('${q}.store_revisions') WHERE schedules.key = owner;
        WHEN 'runs' THEN DELETE FROM ${q}.runs WHERE id = place::bigint;
        WHEN 'decisions' THEN DELETE FROM ${q}.decisions WHERE id = place::bigint;
        WHEN 'life' THEN DELETE FROM ${q}.life WHERE id = place::bigint;
        WHEN 'sessions' THEN DELETE FROM ${q}.sessions WHERE id = place::bigint;
        ELSE NULL;
      END CASE;
      -- Several nodes may see the same row.
      IF NOT EXISTS (SELECT FROM ${q}.refused r WHERE r.source = table_name AND r.key IS NOT DISTINCT FROM owner
        AND r.content IS NOT DISTINCT FROM document) THEN
        INSERT INTO ${q}.refused (source, reason, key, content) VALUES (table_name, why, owner, document);
        DELETE FROM ${q}.refused WHERE id <= (SELECT max(id) FROM ${q}.refused) - 10000;
      END IF;
      RETURN table_name <> 'schedules';
    END $body$;`;
}
