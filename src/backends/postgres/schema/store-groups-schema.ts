/**
 * A step of the store's schema: which schedules the nodes have. A node's group expires unless it is announced again, and
 * the keys of a group are kept for as long as a node names it. What others are changing at the same moment is passed
 * over, so that announcements cannot wait for each other in a circle.
 */
export function grouping(q: string): string {
  return `
    CREATE TABLE ${q}.node_groups (
      node_id text PRIMARY KEY, group_id text NOT NULL, expires_at timestamptz NOT NULL
    ) WITH (fillfactor = 50);
    CREATE TABLE ${q}.schedule_groups (id text PRIMARY KEY, keys text NOT NULL);

    CREATE FUNCTION ${q}.store_announce_group(node text, ttl_ms double precision, own text, own_keys text)
    RETURNS jsonb LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO ${q}.node_groups VALUES (node, own, clock_timestamp() + ttl_ms * interval '1 millisecond')
      ON CONFLICT (node_id) DO UPDATE SET group_id = excluded.group_id, expires_at = excluded.expires_at;
      INSERT INTO ${q}.schedule_groups SELECT own, own_keys WHERE own_keys IS NOT NULL ON CONFLICT DO NOTHING;
      DELETE FROM ${q}.node_groups WHERE node_id IN (
        SELECT node_id FROM ${q}.node_groups WHERE expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED);
      DELETE FROM ${q}.schedule_groups WHERE id IN (
        SELECT id FROM ${q}.schedule_groups s
        WHERE NOT EXISTS (SELECT FROM ${q}.node_groups n WHERE n.group_id = s.id) FOR UPDATE SKIP LOCKED);
      RETURN jsonb_build_object(
        'groups', (SELECT coalesce(jsonb_object_agg(node_id, group_id), '{}') FROM ${q}.node_groups
          WHERE expires_at > clock_timestamp()),
        'is_known', EXISTS (SELECT FROM ${q}.schedule_groups WHERE id = own));
    END $body$;

    CREATE FUNCTION ${q}.schedule_group_keys(wanted text) RETURNS text LANGUAGE sql STABLE AS $body$
      SELECT keys FROM ${q}.schedule_groups WHERE id = wanted;
    $body$;`;
}
