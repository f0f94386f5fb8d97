/**
 * A later step of the lock backend's schema. The claim of an occurrence is written once and expires, while a run lock is
 * written again and again; so they have tables of their own, and rows of run locks are updated in place. Nothing that
 * has expired is looked for in a call, but only once a minute: while a long transaction keeps dead rows, such a search
 * would go through all of them.
 *
 * The last claim of a schedule is remembered for ever. One of the future was made before the clock was set back, and does
 * not count.
 *
 * Fencing tokens are microseconds at least, see `machines/fencing.ts`.
 */
export function claiming(quoted: string): string {
  return `
    DROP INDEX ${quoted}.locks_expiry;
    ALTER TABLE ${quoted}.locks SET (fillfactor = 50);
    CREATE TABLE ${quoted}.lock_claims (key text PRIMARY KEY, lock_id text NOT NULL, expires_at timestamptz NOT NULL);
    CREATE INDEX lock_claims_expiry ON ${quoted}.lock_claims (expires_at);
    CREATE TABLE ${quoted}.lock_last (key text PRIMARY KEY, claimed_at double precision NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE ${quoted}.lock_counter (last_token bigint NOT NULL, swept_at timestamptz NOT NULL) WITH (fillfactor = 10);
    INSERT INTO ${quoted}.lock_counter VALUES (0, clock_timestamp());

    CREATE FUNCTION ${quoted}.next_lock_token(present timestamptz) RETURNS bigint LANGUAGE sql VOLATILE AS $body$
      UPDATE ${quoted}.lock_counter
      SET last_token = greatest(last_token + 1, floor(extract(epoch FROM present) * 1000000)::bigint)
      RETURNING last_token;
    $body$;

    CREATE FUNCTION ${quoted}.take_locks(wanted jsonb, present timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      item record;
      present_ms double precision := extract(epoch FROM present) * 1000;
      tokens jsonb := '[]';
    BEGIN
      IF EXISTS (
        SELECT FROM jsonb_to_recordset(wanted)
          AS given(key text, ttl_ms double precision, claim_of text, claim_at double precision)
        LEFT JOIN ${quoted}.locks AS held ON held.key = given.key
        LEFT JOIN ${quoted}.lock_claims AS claimed ON claimed.key = given.key
        LEFT JOIN ${quoted}.lock_last AS latest ON latest.key = given.claim_of
        WHERE held.expires_at > present OR claimed.expires_at > present OR (given.claim_at <= latest.claimed_at
          AND given.claim_at <= present_ms - given.ttl_ms AND latest.claimed_at <= present_ms + 10000)
      ) THEN RETURN NULL; END IF;
      FOR item IN
        SELECT list.item->>'key' AS key, list.item->>'lock_id' AS lock_id, list.item->>'claim_of' AS claim_of,
          (list.item->>'claim_at')::double precision AS claim_at,
          present + (list.item->>'ttl_ms')::double precision * interval '1 millisecond' AS expires_at
        FROM jsonb_array_elements(wanted) WITH ORDINALITY AS list(item, place) ORDER BY place
      LOOP
        IF item.claim_of IS NULL THEN
          INSERT INTO ${quoted}.locks AS held (key, lock_id, token, expires_at)
          VALUES (item.key, item.lock_id, 0, item.expires_at)
          ON CONFLICT (key) DO UPDATE SET lock_id = excluded.lock_id, expires_at = excluded.expires_at;
        ELSE
          INSERT INTO ${quoted}.lock_claims AS claimed (key, lock_id, expires_at)
          VALUES (item.key, item.lock_id, item.expires_at)
          ON CONFLICT (key) DO UPDATE SET lock_id = excluded.lock_id, expires_at = excluded.expires_at;
          INSERT INTO ${quoted}.lock_last AS latest (key, claimed_at) VALUES (item.claim_of, item.claim_at)
          ON CONFLICT (key) DO UPDATE SET claimed_at = CASE WHEN latest.claimed_at > present_ms + 10000
            THEN excluded.claimed_at ELSE greatest(latest.claimed_at, excluded.claimed_at) END;
        END IF;
        tokens := tokens || to_jsonb(${quoted}.next_lock_token(present)::text);
      END LOOP;
      RETURN tokens;
    END $body$;

    CREATE OR REPLACE FUNCTION ${quoted}.exchange_locks(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      present timestamptz;
      wanted record;
      attempt jsonb;
      renewed jsonb := '[]';
      taken jsonb := '[]';
    BEGIN
      IF NOT ${quoted}.enter_locks((request->>'deadline_ms')::double precision) THEN
        RETURN jsonb_build_object('is_late', true, 'now_ms', ${quoted}.lock_wall_ms());
      END IF;
      present := clock_timestamp();

      UPDATE ${quoted}.locks AS held SET expires_at = present
      FROM jsonb_to_recordset(request->'releases') AS given(key text, lock_id text)
      WHERE held.key = given.key AND held.lock_id = given.lock_id;
      DELETE FROM ${quoted}.lock_claims AS claimed
      USING jsonb_to_recordset(request->'releases') AS given(key text, lock_id text)
      WHERE claimed.key = given.key AND claimed.lock_id = given.lock_id;

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
        taken := taken || jsonb_build_array(${quoted}.take_locks(attempt, present));
      END LOOP;
      RETURN jsonb_build_object(
        'is_late', false, 'now_ms', ${quoted}.lock_wall_ms(), 'renewals', renewed, 'attempts', taken
      );
    END $body$;

    ALTER FUNCTION ${quoted}.announce_node(jsonb) RENAME TO announce_only;
    CREATE FUNCTION ${quoted}.announce_node(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      answer jsonb := ${quoted}.announce_only(request);
      present timestamptz := clock_timestamp();
    BEGIN
      UPDATE ${quoted}.lock_counter SET swept_at = present
      WHERE NOT (answer->>'is_late')::boolean AND abs(extract(epoch FROM present - swept_at)) > 60;
      IF FOUND THEN
        DELETE FROM ${quoted}.lock_claims WHERE key IN (
          SELECT key FROM ${quoted}.lock_claims WHERE expires_at <= present ORDER BY expires_at LIMIT 10000
        );
        DELETE FROM ${quoted}.locks WHERE expires_at < present - interval '1 day';
      END IF;
      RETURN answer;
    END $body$;`;
}

/** Expired claims go as fast as they come: after a sweep that left some, the next announcement goes on with it. */
export function sweeping(quoted: string): string {
  return `
    CREATE OR REPLACE FUNCTION ${quoted}.announce_and_sweep(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      answer jsonb := ${quoted}.announce_only(request);
      present timestamptz := clock_timestamp();
      swept bigint;
    BEGIN
      UPDATE ${quoted}.lock_counter SET swept_at = present
      WHERE NOT (answer->>'is_late')::boolean AND abs(extract(epoch FROM present - swept_at)) > 60;
      IF FOUND THEN
        DELETE FROM ${quoted}.lock_claims WHERE key IN (
          SELECT key FROM ${quoted}.lock_claims WHERE expires_at <= present ORDER BY expires_at LIMIT 10000
        );
        GET DIAGNOSTICS swept = ROW_COUNT;
        DELETE FROM ${quoted}.locks WHERE expires_at < present - interval '1 day';
        IF swept >= 10000 THEN
          UPDATE ${quoted}.lock_counter SET swept_at = present - interval '61 seconds';
        END IF;
      END IF;
      RETURN answer;
    END $body$;`;
}
