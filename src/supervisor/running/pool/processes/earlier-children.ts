import { childIds, commandLine, processStat } from './accounts/proc-files.ts';
import { killGroup } from './process-group.ts';
import { ownerArguments, type ProcessOwner } from './process-options.ts';

/**
 * The children that an earlier supervisor thread of the same scheduler has left. They end by themselves when that
 * thread does. But two live runs of one schedule must never be, so no child is started before those are gone.
 *
 * They are found among the children of the host's process, by the owner on their command line. Without /proc they are
 * not found, and their watchdogs are trusted.
 */
export class EarlierChildren {
  readonly #schedulerId: string;
  readonly #threadId: string;
  #areGone = false;

  constructor(owner: ProcessOwner) {
    [this.#schedulerId, this.#threadId] = ownerArguments(owner);
  }

  /** Kills those that still live. Ask again until it says that none does. */
  areGone(): boolean {
    if (this.#areGone) return true;
    const left = childIds().filter((pid) => this.#isEarlier(pid));
    for (const pid of left) killGroup(pid);
    this.#areGone = left.length === 0;
    return this.#areGone;
  }

  /** A dead child that nobody waits for has no command line. */
  #isEarlier(pid: number): boolean {
    const [schedulerId, threadId] = commandLine(pid).slice(-3);
    return schedulerId === this.#schedulerId && threadId !== this.#threadId && processStat(pid)?.isZombie === false;
  }
}
