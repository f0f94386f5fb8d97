/**
 * A step of the store's schema: what one node writes, the others hear. A batch that was written says how the schedules
 * that it changed stand now, in the same transaction, and so does a node that comes, goes, or has other schedules. What
 * is said has at most 8,000 bytes, so a schedule that is too long is only named.
 *
 * Everybody who may connect to the database may listen to a channel and speak on it if he knows its name. So the name
 * is random, and kept in a table. Nothing is said while the server's queue is a quarter full: a process that is stopped
 * hears nothing and keeps the queue, and a full one would fail every transaction that speaks.
 */
export function telling(q: string): string {
  return `
    CREATE TABLE ${q}.store_channel (name text NOT NULL);
    INSERT INTO ${q}.store_channel VALUES ('escapement_' || replace(gen_random_uuid()::text, '-', ''));

    CREATE FUNCTION ${q}.store_tell(speaker text, news jsonb) RETURNS void LANGUAGE plpgsql AS $body$
    DECLARE
      channel text := (SELECT max(name) FROM ${q}.store_channel);
      basis jsonb := jsonb_build_object('by', speaker, 'history', ${q}.store_history());
      item jsonb;
      message text;
    BEGIN
      IF channel IS NULL OR pg_notification_queue_usage() > 0.25 OR NOT EXISTS (
        SELECT FROM ${q}.nodes WHERE node_id <> speaker AND expires_at > clock_timestamp()) THEN RETURN; END IF;
      FOR item IN SELECT jsonb_array_elements(news) LOOP
        message := (basis || item)::text;
        IF octet_length(message) > 7900 THEN message := (basis || item - 'state' - 'claims')::text; END IF;
        IF octet_length(message) > 7900 THEN message := basis::text; END IF;
        PERFORM pg_notify(channel, message);
      END LOOP;
    END $body$;

    -- A look with everything that a node has to say from time to time.
    CREATE FUNCTION ${q}.store_attend(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      own_node text := request->>'node';
      own text := request->>'incarnation';
      answer jsonb := ${q}.store_look_as(
        own_node, own, (request->>'ttl_ms')::double precision, (request->>'since')::bigint);
    BEGIN
      IF (answer->>'is_replaced')::boolean THEN RETURN answer; END IF;
      IF request ? 'seen_at' THEN
        UPDATE ${q}.sessions SET seen_at = greatest(seen_at, (request->>'seen_at')::double precision)
        WHERE stopped_at IS NULL AND id =
          (SELECT max(o.id) FROM ${q}.sessions o WHERE o.node = own_node AND o.incarnation = own);
      END IF;
      IF request ? 'group' THEN
        answer := answer || ${q}.store_announce_group(
          own_node, (request->>'group_ttl_ms')::double precision, request->>'group', NULL);
      END IF;
      RETURN answer || jsonb_build_object(
        'channel', (SELECT max(name) FROM ${q}.store_channel),
        -- When the first of the other nodes that have runs counts as gone.
        'doubt_in_ms', (SELECT extract(epoch FROM min(n.expires_at) - clock_timestamp()) * 1000 FROM ${q}.nodes n
          WHERE n.node_id <> own_node AND n.expires_at > clock_timestamp()
            AND EXISTS (SELECT FROM ${q}.claims c WHERE c.node_id = n.node_id)));
    END $body$;

    ALTER FUNCTION ${q}.store_write(jsonb) RENAME TO store_write_silently;
    CREATE FUNCTION ${q}.store_write(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      answer jsonb;
    BEGIN
      PERFORM ${q}.enter_store();
      answer := ${q}.store_write_silently(request);
      IF answer->>'status' = 'written' AND jsonb_array_length(request->'states') > 0 THEN
        PERFORM ${q}.store_tell(request->>'node',
          ${q}.store_view(ARRAY(SELECT item->>'key' FROM jsonb_array_elements(request->'states') AS item)));
      END IF;
      IF request ? 'look' AND answer->>'status' <> 'other-history' THEN
        answer := answer || jsonb_build_object('sight', ${q}.store_attend(request - 'seen_at' || (request->'look')));
      END IF;
      RETURN answer;
    END $body$;

    ALTER FUNCTION ${q}.store_enter(text, text, double precision, double precision) RENAME TO store_enter_silently;
    CREATE FUNCTION ${q}.store_enter(own_node text, own text, at_ms double precision, ttl_ms double precision)
    RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.store_tell(own_node, '[{}]');
      RETURN ${q}.store_enter_silently(own_node, own, at_ms, ttl_ms);
    END $body$;

    ALTER FUNCTION ${q}.store_leave(text, text, double precision) RENAME TO store_leave_silently;
    CREATE FUNCTION ${q}.store_leave(node_name text, own text, at_ms double precision) RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      PERFORM ${q}.store_leave_silently(node_name, own, at_ms);
      PERFORM ${q}.store_tell(node_name, '[{}]');
    END $body$;

    ALTER FUNCTION ${q}.store_announce_group(text, double precision, text, text) RENAME TO store_announce_silently;
    CREATE FUNCTION ${q}.store_announce_group(node text, ttl_ms double precision, own text, own_keys text)
    RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      is_news boolean := own_keys IS NOT NULL OR NOT EXISTS (
        SELECT FROM ${q}.node_groups g WHERE g.node_id = node AND g.group_id = own);
    BEGIN
      IF is_news THEN PERFORM ${q}.store_tell(node, '[{}]'); END IF;
      RETURN ${q}.store_announce_silently(node, ttl_ms, own, own_keys);
    END $body$;`;
}
