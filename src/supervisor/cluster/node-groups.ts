/**
 * Which of the other nodes have a schedule. As long as that is not known of a node, because it or the backend says
 * nothing about it, the node counts as having every schedule.
 */
import type { GroupRoster } from '../ports/groups.ts';

export class NodeGroups {
  #groupOf: ReadonlyMap<string, string> = new Map();
  /** The keys of the groups of other nodes. A group that this node has, too, need not be among them. */
  readonly #keys = new Map<string, ReadonlySet<string>>();

  /** Whether a node may have a schedule that this one has. */
  mayHave(nodeId: string, key: string): boolean {
    const id = this.#groupOf.get(nodeId);
    return id === undefined || (this.#keys.get(id)?.has(key) ?? true);
  }

  /** Takes in which node has which group. Returns whether that is news. */
  name(groups: GroupRoster['groups']): boolean {
    const before = this.#groupOf;
    this.#groupOf = new Map(Object.entries(groups));
    const named = new Set(this.#groupOf.values());
    for (const id of this.#keys.keys()) if (!named.has(id)) this.#keys.delete(id);
    return [...this.#groupOf].some(([nodeId, id]) => before.get(nodeId) !== id);
  }

  /**
   * Reads the keys of the groups that this node does not know and does not have. Call it before they are named.
   * @param read Resolves to null while the backend does not know the group. A rejection is passed on.
   */
  async readNew(
    groups: GroupRoster['groups'],
    ownId: string | undefined,
    read: (id: string) => Promise<readonly string[] | null>,
  ): Promise<void> {
    for (const id of new Set(Object.values(groups))) {
      if (id === ownId || this.#keys.has(id)) continue;
      const keys = await read(id);
      if (keys !== null) this.#keys.set(id, new Set(keys));
    }
  }
}
