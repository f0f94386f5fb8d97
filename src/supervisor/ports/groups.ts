/** What nodes say to each other about the schedules that they have, through their lock backend or shared store. */

/** The schedules of a node that nodes have to agree on. Nodes with the same schedules name the same group. */
export interface AnnouncedGroup {
  /**
   * Stands for exactly these keys: a group never changes, but a node may have another one later. To a backend it is only
   * a text; nodes read more in it (`machines/turns/group-name.ts`).
   */
  readonly id: string;
  /** All keys, in any order. Only sent when the backend has said that it does not know them. */
  readonly keys?: readonly string[];
}

/** The groups that nodes have announced. */
export interface GroupRoster {
  /** The ids of the groups that nodes which are alive have named last, by the nodes' ids. */
  readonly groups: Readonly<Record<string, string>>;
  /** Whether the backend has the keys of the group that was announced. If not, the node announces it again with them. */
  readonly isGroupKnown: boolean;
}

/** A node's announcement of its group, which counts for `ttlMs`. */
export interface GroupSign {
  /** The id of the node. */
  readonly nodeId: string;
  /** How long the sign holds, in milliseconds. */
  readonly ttlMs: number;
  /** The group that the node announces. */
  readonly group: AnnouncedGroup;
}

/** The schedules of this node that need agreement, as they are now. */
export interface OwnGroup {
  readonly id: string;
  readonly size: number;
  keys(): string[];
}
