/**
 * A later step of the store's schema: which process a node's name belongs to, and indexes for questions about the past.
 * The name belongs to the incarnation that entered last. An earlier one that is still there sees that in each look, and
 * its looks are no signs of life any more.
 */
export function identifying(q: string): string {
  return `
    ALTER TABLE ${q}.nodes ADD COLUMN incarnation text;
    CREATE INDEX runs_by_outcome ON ${q}.runs (outcome, id);
    CREATE INDEX runs_by_key ON ${q}.runs (key, id);

    -- Until when another incarnation of the node counts as alive, epoch milliseconds; null if none does.
    CREATE FUNCTION ${q}.store_twin(own_node text, own text) RETURNS double precision LANGUAGE sql AS $body$
      SELECT extract(epoch FROM expires_at) * 1000 FROM ${q}.nodes
      WHERE node_id = own_node AND incarnation <> own AND expires_at > clock_timestamp();
    $body$;

    CREATE FUNCTION ${q}.store_look_as(own_node text, own text, ttl_ms double precision, since bigint) RETURNS jsonb
    LANGUAGE plpgsql AS $body$
    BEGIN
      IF EXISTS (SELECT FROM ${q}.nodes WHERE node_id = own_node AND incarnation <> own) THEN
        RETURN jsonb_build_object('is_replaced', true, 'history', ${q}.store_history(),
          'views', '[]'::jsonb, 'nodes', '[]'::jsonb, 'orphans', '[]'::jsonb,
          'now_ms', extract(epoch FROM clock_timestamp()) * 1000);
      END IF;
      RETURN ${q}.store_look(own_node, ttl_ms, since) || jsonb_build_object('is_replaced', false);
    END $body$;

    ALTER FUNCTION ${q}.store_enter(text, text, double precision, double precision) RENAME TO store_enter_session;
    CREATE FUNCTION ${q}.store_enter(own_node text, own text, at_ms double precision, ttl_ms double precision)
    RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.store_enter_session(own_node, own, at_ms, ttl_ms);
      UPDATE ${q}.nodes SET incarnation = own WHERE node_id = own_node;
      RETURN ${q}.store_look_as(own_node, own, ttl_ms, 0);
    END $body$;

    ALTER FUNCTION ${q}.store_reenter(text, text, double precision, double precision) RENAME TO store_reenter_session;
    CREATE FUNCTION ${q}.store_reenter(own_node text, own text, at_ms double precision, ttl_ms double precision)
    RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      IF NOT EXISTS (SELECT FROM ${q}.nodes WHERE node_id = own_node AND incarnation <> own) THEN
        PERFORM ${q}.store_reenter_session(own_node, own, at_ms, ttl_ms);
        UPDATE ${q}.nodes SET incarnation = own WHERE node_id = own_node;
      END IF;
      RETURN ${q}.store_look_as(own_node, own, ttl_ms, 0);
    END $body$;`;
}
