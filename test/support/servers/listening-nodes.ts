/** Nodes that hear each other through a lock server. */
import { onTestFinished } from 'vitest';
import type {
  LockAttempt,
  LockExchange,
  LockingPlugin,
  LockListener,
  LockNews,
} from '../../../src/supervisor/ports/locking.ts';

export const TTL_MS = 60_000;
export const nothing: LockExchange = { releases: [], renewals: [], attempts: [] };
export const lock = (key: string) => ({ key, ttlMs: TTL_MS });
export const claim = (key: string) => ({ ...lock(`${key} claim`), occurrence: { of: key, atMs: Date.now() } });

export type Node = Required<LockingPlugin>;

export interface Place {
  open(): Promise<Node>;
  /** Publishes a text on the channel, as a stranger. */
  say(text: string): Promise<unknown>;
  /** Ends the sessions that listen. */
  deafen(): Promise<unknown>;
  /** How many sessions listen. */
  listeners(): Promise<number>;
  /** How many calls of nodes the server has carried out. */
  calls(): Promise<number>;
}

/** Has a node ask for locks, and the others hear of it. */
export const tell = (node: Node, ...attempts: LockAttempt[]) => node.exchange({ ...nothing, attempts, isTold: true });

/** A node that hears. */
export async function listening(place: Place): Promise<{ readonly node: Node; readonly ear: Ear }> {
  const node = await place.open();
  onTestFinished(() => node.cleanup());
  const ear = Ear.of(node);
  await ear.until(() => ear.isHearing);
  return { node, ear };
}

/** Remembers what it hears, and resolves what a test waits for. */
export class Ear implements LockListener {
  readonly news: LockNews[] = [];
  readonly changes: boolean[] = [];
  readonly #watchers = new Set<() => void>();

  /** Has a node listen. */
  static of(locking: LockingPlugin): Ear {
    const ear = new Ear();
    locking.listen?.(ear);
    return ear;
  }

  get isHearing(): boolean {
    return this.changes.at(-1) ?? false;
  }

  get claimed(): readonly string[] {
    return this.news.flatMap(({ claimed }) => claimed);
  }

  get wanted(): readonly string[] {
    return this.news.flatMap(({ wanted }) => wanted);
  }

  heard(news: LockNews): void {
    this.news.push(news);
    this.#look();
  }

  hearing(isHearing: boolean): void {
    this.changes.push(isHearing);
    this.#look();
  }

  /** Resolves as soon as it is so, which is looked at whenever something is heard. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}
