import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { documentOf, keysIn } from '../../exchange/group-document.ts';
import type { GroupAnswer, Sign } from './protocol.ts';

/** Which schedules the nodes have. Every call is part of a transaction of the file of locks. */
export class FileGroups {
  readonly #statement: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(connection: DatabaseSync) {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, connection.prepare(sql)]);
    this.#statement = Object.fromEntries(prepared) as Record<keyof typeof SQL, StatementSync>;
  }

  /** Takes the group of a node in, or that it has said nothing about it. Nodes that the file does not have are forgotten. */
  announce({ nodeId, group }: Pick<Sign, 'nodeId' | 'group'>): GroupAnswer {
    const { take, forget, keep, forgetNodes, prune, named, keysOf } = this.#statement;
    if (group === undefined) forget.run(nodeId);
    else take.run(nodeId, group.id);
    if (group?.keys !== undefined) keep.run(group.id, documentOf(group.keys));
    forgetNodes.run();
    prune.run();
    const rows = named.all() as { node_id: string; group_id: string }[];
    return {
      groups: Object.fromEntries(rows.map((row) => [row.node_id, row.group_id])),
      isGroupKnown: keysOf.get(group?.id ?? '') !== undefined,
    };
  }

  keysOf(id: string): readonly string[] | null {
    const row = this.#statement.keysOf.get(id) as { keys: string } | undefined;
    return row === undefined ? null : (keysIn(row.keys) ?? null);
  }
}

const SQL = {
  take: 'INSERT OR REPLACE INTO node_groups VALUES (?, ?)',
  forget: 'DELETE FROM node_groups WHERE node_id = ?',
  keep: 'INSERT OR REPLACE INTO schedule_groups VALUES (?, ?)',
  forgetNodes: 'DELETE FROM node_groups WHERE node_id NOT IN (SELECT node_id FROM nodes)',
  prune: 'DELETE FROM schedule_groups WHERE id NOT IN (SELECT group_id FROM node_groups)',
  named: 'SELECT node_id, group_id FROM node_groups',
  keysOf: 'SELECT keys FROM schedule_groups WHERE id = ?',
};
