/**
 * A step of the store's schema: what plugins keep. Keys are bytes, because `text` takes no NUL and has another order.
 * The writers of one owner take turns, so that the quota is compared with what the one before has left. What is used is
 * summed up, so that rows may be deleted by hand.
 */
export function keeping(q: string): string {
  return `
    CREATE TABLE ${q}.kv (
      space text NOT NULL, key bytea NOT NULL, value text NOT NULL, owner text NOT NULL, bytes integer NOT NULL,
      PRIMARY KEY (space, key)
    );
    CREATE INDEX kv_by_owner ON ${q}.kv (owner) INCLUDE (bytes);

    CREATE FUNCTION ${q}.enter_kv() RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM set_config('lock_timeout', '2500', true);
      IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
      END IF;
    END $body$;

    CREATE FUNCTION ${q}.kv_set(wanted text, place bytea, content text, writer text, size int, quota double precision)
    RETURNS boolean LANGUAGE plpgsql AS $body$
    DECLARE
      used bigint;
    BEGIN
      PERFORM ${q}.enter_kv();
      PERFORM pg_advisory_xact_lock(hashtextextended('escapement kv ' || writer, 0));
      SELECT coalesce(sum(bytes), 0) INTO used FROM ${q}.kv WHERE owner = writer;
      SELECT used - coalesce(sum(bytes), 0) INTO used FROM ${q}.kv
        WHERE space = wanted AND key = place AND owner = writer;
      IF used + size > quota THEN RETURN false; END IF;
      INSERT INTO ${q}.kv VALUES (wanted, place, content, writer, size)
      ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, owner = excluded.owner, bytes = excluded.bytes;
      RETURN true;
    END $body$;

    CREATE FUNCTION ${q}.kv_delete(wanted text, place bytea) RETURNS boolean LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.enter_kv();
      DELETE FROM ${q}.kv WHERE space = wanted AND key = place;
      RETURN FOUND;
    END $body$;

    CREATE FUNCTION ${q}.kv_get(wanted text, place bytea) RETURNS text LANGUAGE sql STABLE AS $body$
      SELECT value FROM ${q}.kv WHERE space = wanted AND key = place;
    $body$;

    CREATE FUNCTION ${q}.kv_list(wanted text, low bytea, high bytea, behind bytea, most int)
    RETURNS jsonb LANGUAGE sql STABLE AS $body$
      SELECT coalesce(jsonb_agg(encode(k.key, 'hex') ORDER BY k.key), '[]') FROM (
        SELECT key FROM ${q}.kv WHERE space = wanted AND key >= low AND key < high AND key > behind
        ORDER BY key LIMIT most) k;
    $body$;`;
}
