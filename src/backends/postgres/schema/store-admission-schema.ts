/** Steps of the store's schema that say which batches are written at all: see store-schema.ts. */

/**
 * A batch with claims or decisions of the future is refused by the database's own clock, with the status 'early'. Every
 * answer has the time, because nodes plan by this clock.
 */
export function timing(q: string): string {
  return `
    ALTER FUNCTION ${q}.store_write(jsonb) RENAME TO store_write_batch;
    CREATE FUNCTION ${q}.store_write(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      answer jsonb := '{"status": "early"}';
      not_before_ms double precision := (request->>'not_before_ms')::double precision;
    BEGIN
      -- The time is read when nothing else has to be waited for.
      PERFORM ${q}.enter_store();
      PERFORM ${q}.store_heartbeat(request->>'node', (request->>'ttl_ms')::double precision);
      IF not_before_ms IS NULL OR not_before_ms <= extract(epoch FROM clock_timestamp()) * 1000 THEN
        answer := ${q}.store_write_batch(request);
      END IF;
      RETURN answer || jsonb_build_object('now_ms', extract(epoch FROM clock_timestamp()) * 1000);
    END $body$;`;
}

/**
 * The history of the store has a name. It is another one on another server (a standby that was promoted, a restore),
 * after a restart, and when the tables were made anew or emptied: then what a node has seen may be gone, and revisions
 * may come again. A batch that was folded on another history is refused.
 */
export function naming(q: string): string {
  return `
    CREATE FUNCTION ${q}.store_history() RETURNS text LANGUAGE sql STABLE AS $body$
      SELECT concat_ws('/', extract(epoch FROM pg_postmaster_start_time()), '${q}.schedules'::regclass::oid,
        pg_relation_filenode('${q}.schedules'));
    $body$;

    ALTER FUNCTION ${q}.store_look(text, double precision, bigint) RENAME TO store_look_around;
    CREATE FUNCTION ${q}.store_look(node text, ttl_ms double precision, since bigint) RETURNS jsonb LANGUAGE sql AS $body$
      SELECT ${q}.store_look_around(node, ttl_ms, since) || jsonb_build_object('history', ${q}.store_history());
    $body$;

    CREATE FUNCTION ${q}.store_reenter(own_node text, own text, at_ms double precision, ttl_ms double precision)
    RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO ${q}.sessions (incarnation, node, started_at, seen_at) SELECT own, own_node, at_ms, at_ms
        WHERE NOT EXISTS (SELECT FROM ${q}.sessions s WHERE s.node = own_node AND s.incarnation = own AND s.stopped_at IS NULL);
      RETURN ${q}.store_look(own_node, ttl_ms, 0);
    END $body$;

    ALTER FUNCTION ${q}.store_write(jsonb) RENAME TO store_write_in_time;
    CREATE FUNCTION ${q}.store_write(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.enter_store();
      -- A node of an earlier release does not say.
      IF coalesce(request->>'history', ${q}.store_history()) = ${q}.store_history() THEN RETURN ${q}.store_write_in_time(request); END IF;
      RETURN jsonb_build_object('status', 'other-history', 'now_ms', extract(epoch FROM clock_timestamp()) * 1000);
    END $body$;`;
}
