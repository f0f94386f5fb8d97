/** A step of the store's schema: what operators did. It is written with the batch that it comes in, or not at all. */
export function auditing(q: string): string {
  return `
    CREATE TABLE ${q}.audit (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at double precision NOT NULL, key text, operation text NOT NULL
    );
    CREATE INDEX audit_by_key ON ${q}.audit (key, id);
    CREATE INDEX audit_by_age ON ${q}.audit (at);

    ALTER FUNCTION ${q}.store_write(jsonb) RENAME TO store_write_unaudited;
    CREATE FUNCTION ${q}.store_write(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      answer jsonb := ${q}.store_write_unaudited(request);
    BEGIN
      IF request ? 'audit' AND answer->>'status' = 'written' THEN
        INSERT INTO ${q}.audit (at, key, operation)
          SELECT x.* FROM jsonb_to_recordset(request->'audit') AS x(at double precision, key text, operation text);
      END IF;
      RETURN answer;
    END $body$;

    ALTER FUNCTION ${q}.store_prune(bigint, double precision, int) RENAME TO store_prune_past;
    CREATE FUNCTION ${q}.store_prune(max_runs bigint, oldest_ms double precision, slice int) RETURNS boolean
    LANGUAGE plpgsql AS $body$
    DECLARE
      has_dropped boolean := ${q}.store_prune_past(max_runs, oldest_ms, slice);
    BEGIN
      DELETE FROM ${q}.audit WHERE id IN (SELECT id FROM ${q}.audit WHERE id <=
        (SELECT max(id) FROM ${q}.audit) - max_runs OR at < oldest_ms ORDER BY id LIMIT slice);
      RETURN has_dropped OR FOUND;
    END $body$;

    ALTER FUNCTION ${q}.store_refuse(text, text, text, text, text) RENAME TO store_refuse_past;
    CREATE FUNCTION ${q}.store_refuse(table_name text, place text, owner text, document text, why text) RETURNS boolean
    LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.enter_store();
      IF table_name = 'audit' THEN DELETE FROM ${q}.audit WHERE id = place::bigint; END IF;
      RETURN ${q}.store_refuse_past(table_name, place, owner, document, why);
    END $body$;`;
}
