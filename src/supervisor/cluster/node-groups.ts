/**
 * Which of the other nodes have a schedule, and what else the names of their groups say. As long as that is not known of
 * a node, because it or the backend says nothing about it, the node counts as having every schedule.
 */
import { capacityOf, DRAINING_GROUP, groupIdOf } from '../../machines/turns/group-name.ts';
import type { GroupRoster } from '../ports/groups.ts';

export class NodeGroups {
  /** The names of the nodes' groups: see `machines/turns/group-name.ts`. */
  #groupOf: ReadonlyMap<string, string> = new Map();
  /** The keys of the groups of other nodes, by id. A group that this node has, too, need not be among them. */
  readonly #keys = new Map<string, ReadonlySet<string>>();

  /** Whether a node may have a schedule that this one has. A node that is draining takes no turns. */
  mayHave(nodeId: string, key: string): boolean {
    const name = this.#groupOf.get(nodeId);
    if (name === undefined) return true;
    return name !== DRAINING_GROUP && (this.#keys.get(groupIdOf(name))?.has(key) ?? true);
  }

  /** Whether a node has said which schedules it has. */
  isNamed(nodeId: string): boolean {
    return this.#groupOf.has(nodeId);
  }

  isDraining(nodeId: string): boolean {
    return this.#groupOf.get(nodeId) === DRAINING_GROUP;
  }

  /** How many runs a node may execute at a time; null if that is not known. */
  capacityOf(nodeId: string): number | null {
    const name = this.#groupOf.get(nodeId);
    return name === undefined ? null : capacityOf(name);
  }

  /** Takes in which node has which group. Returns whether that is news. */
  name(groups: GroupRoster['groups']): boolean {
    const before = this.#groupOf;
    this.#groupOf = new Map(Object.entries(groups));
    const named = new Set([...this.#groupOf.values()].map(groupIdOf));
    for (const id of this.#keys.keys()) if (!named.has(id)) this.#keys.delete(id);
    return [...this.#groupOf].some(([nodeId, name]) => before.get(nodeId) !== name);
  }

  /**
   * Reads the keys of the groups that this node does not know and does not have. Call it before they are named.
   * @param read Resolves to null while the backend does not know the group. A rejection is passed on.
   */
  async readNew(
    groups: GroupRoster['groups'],
    ownId: string | undefined,
    read: (name: string) => Promise<readonly string[] | null>,
  ): Promise<void> {
    for (const name of new Set(Object.values(groups))) {
      const id = groupIdOf(name);
      if (name === DRAINING_GROUP || id === ownId || this.#keys.has(id)) continue;
      const keys = await read(name);
      if (keys !== null) this.#keys.set(id, new Set(keys));
    }
  }
}
