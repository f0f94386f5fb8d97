import type { GroupRoster, GroupSign } from '../../supervisor/ports/groups.ts';

/** Which schedules the nodes have, for backends in memory. */
export class MemoryGroups {
  readonly #groupOf = new Map<string, string>();
  readonly #keys = new Map<string, readonly string[]>();

  /** Takes the group of a node in, or that it has said nothing about it. Nodes that are gone are forgotten. */
  announce(
    { nodeId, group }: Pick<GroupSign, 'nodeId'> & Partial<Pick<GroupSign, 'group'>>,
    isAlive: (nodeId: string) => boolean,
  ): GroupRoster {
    if (group === undefined) this.#groupOf.delete(nodeId);
    else this.#groupOf.set(nodeId, group.id);
    if (group?.keys !== undefined) this.#keys.set(group.id, [...group.keys]);
    for (const id of this.#groupOf.keys()) if (!isAlive(id)) this.#groupOf.delete(id);
    const named = new Set(this.#groupOf.values());
    for (const id of this.#keys.keys()) if (!named.has(id)) this.#keys.delete(id);
    return { groups: Object.fromEntries(this.#groupOf), isGroupKnown: this.#keys.has(group?.id ?? '') };
  }

  /** The group that the node has named last. */
  groupOf(nodeId: string): string | undefined {
    return this.#groupOf.get(nodeId);
  }

  keysOf(id: string): readonly string[] | null {
    return this.#keys.get(id) ?? null;
  }
}
