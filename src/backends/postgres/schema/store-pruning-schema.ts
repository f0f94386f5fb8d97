/**
 * Pruning that counts decisions: every second that extends a span of decisions uses up an id, so that the distance
 * between two ids says nothing about how many rows lie between them. True means that a slice was full.
 */
export function pruning(q: string): string {
  return `
    CREATE OR REPLACE FUNCTION ${q}.store_prune(max_runs bigint, oldest_ms double precision, slice int) RETURNS boolean
    LANGUAGE plpgsql AS $body$
    DECLARE
      most bigint := 0;
      one bigint;
      dispensable bigint;
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtextextended('escapement prunes ${q}', 0)) THEN RETURN false; END IF;
      DELETE FROM ${q}.runs WHERE id IN (SELECT id FROM ${q}.runs WHERE id <=
        (SELECT max(id) FROM ${q}.runs) - max_runs OR finished_at < oldest_ms ORDER BY id LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; most := greatest(most, one);
      SELECT id INTO dispensable FROM ${q}.decisions ORDER BY id DESC OFFSET max_runs LIMIT 1;
      DELETE FROM ${q}.decisions WHERE id IN (SELECT id FROM ${q}.decisions
        WHERE id <= dispensable OR taken_at < oldest_ms ORDER BY id LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; most := greatest(most, one);
      DELETE FROM ${q}.sessions WHERE id IN (SELECT id FROM ${q}.sessions WHERE seen_at < oldest_ms LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; most := greatest(most, one);
      -- Of each kind the last event before the limit stays: what it says was still true then.
      DELETE FROM ${q}.life WHERE id IN (SELECT l.id FROM ${q}.life l WHERE l.at < oldest_ms AND EXISTS
        (SELECT FROM ${q}.life n WHERE n.key = l.key AND n.id > l.id AND n.at < oldest_ms
          AND n.kind = l.kind) LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; most := greatest(most, one);
      DELETE FROM ${q}.audit WHERE id IN (SELECT id FROM ${q}.audit WHERE id <=
        (SELECT max(id) FROM ${q}.audit) - max_runs OR at < oldest_ms ORDER BY id LIMIT slice);
      GET DIAGNOSTICS one = ROW_COUNT; most := greatest(most, one);
      DELETE FROM ${q}.nodes WHERE expires_at < clock_timestamp() - interval '1 day'
        AND NOT EXISTS (SELECT FROM ${q}.claims c WHERE c.node_id = nodes.node_id);
      RETURN most >= slice;
    END $body$;`;
}
