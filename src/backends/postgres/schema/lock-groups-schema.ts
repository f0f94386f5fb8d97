/**
 * A later step of the lock backend's schema: which schedules the nodes have. The keys of a group are kept for as long as
 * a node that is alive names it.
 */
export function grouping(quoted: string): string {
  return `
    ALTER TABLE ${quoted}.lock_nodes ADD COLUMN group_id text;
    CREATE TABLE ${quoted}.lock_groups (id text PRIMARY KEY, keys text NOT NULL);

    ALTER FUNCTION ${quoted}.announce_node(jsonb) RENAME TO announce_and_sweep;
    CREATE FUNCTION ${quoted}.announce_node(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
    DECLARE
      answer jsonb := ${quoted}.announce_and_sweep(request);
      own text := request->>'group_id';
    BEGIN
      IF (answer->>'is_late')::boolean THEN RETURN answer; END IF;
      UPDATE ${quoted}.lock_nodes SET group_id = own
      WHERE node_id = request->>'node_id' AND group_id IS DISTINCT FROM own;
      INSERT INTO ${quoted}.lock_groups (id, keys) SELECT own, request->>'group_keys'
      WHERE own IS NOT NULL AND request->>'group_keys' IS NOT NULL ON CONFLICT DO NOTHING;
      DELETE FROM ${quoted}.lock_groups AS kept
      WHERE NOT EXISTS (SELECT FROM ${quoted}.lock_nodes AS node WHERE node.group_id = kept.id);
      RETURN answer || jsonb_build_object(
        'groups', (SELECT coalesce(jsonb_object_agg(node_id, group_id), '{}')
          FROM ${quoted}.lock_nodes WHERE group_id IS NOT NULL),
        'is_group_known', EXISTS (SELECT FROM ${quoted}.lock_groups WHERE id = own));
    END $body$;

    CREATE FUNCTION ${quoted}.read_group(request jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $body$
      SELECT jsonb_build_object('is_late', false, 'now_ms', ${quoted}.lock_wall_ms(),
        'keys', (SELECT keys FROM ${quoted}.lock_groups WHERE id = request->>'group_id'));
    $body$;`;
}
