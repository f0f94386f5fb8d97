import type { MemoryUse } from '../../budgets/memory-guard.ts';

/** A child, with what it has started. */
export interface MemoryHolder {
  /** What it holds now, in bytes, as far as that is known. */
  readonly heldBytes: number;
}

/**
 * The memory of all children of a pool. What the host itself holds is not in it, because to end a run in a child gives
 * nothing of that back.
 */
export class ChildrenMemory implements MemoryUse {
  readonly subject = 'The processes of the pool use';
  readonly #children = new Set<MemoryHolder>();

  add(child: MemoryHolder): void {
    this.#children.add(child);
  }

  delete(child: MemoryHolder): void {
    this.#children.delete(child);
  }

  readonly usedBytes = (): number => {
    let bytes = 0;
    for (const child of this.#children) bytes += child.heldBytes;
    return bytes;
  };
}
