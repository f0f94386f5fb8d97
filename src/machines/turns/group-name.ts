/**
 * The name under which a node announces its schedules to the others. Besides the group it says how many runs the node may
 * execute at a time, or that the node is draining. So nodes learn this without another call, from any backend that knows
 * nothing but names of groups and their keys.
 */

/** The group of every node that is draining. It has no keys: such a node takes no turns. */
export const DRAINING_GROUP = 'draining';

const CAPACITY = /\/(\d{1,9})$/;

/** @param capacity How many runs the node may execute at a time; undefined if it does not say. */
export function groupName(groupId: string, capacity: number | undefined): string {
  return capacity === undefined ? groupId : `${groupId}/${capacity}`;
}

/** The part of a name that stands for the keys. Names of nodes with the same schedules have it in common. */
export function groupIdOf(name: string): string {
  return name.replace(CAPACITY, '');
}

/** How many runs a node with this name may execute at a time; null if the name does not say. */
export function capacityOf(name: string): number | null {
  if (name === DRAINING_GROUP) return 0;
  const text = CAPACITY.exec(name)?.[1];
  return text === undefined ? null : Number(text);
}
