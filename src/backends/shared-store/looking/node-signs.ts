/**
 * What a node says about itself from time to time: that it is alive, and which schedules it has. Its looks can say that,
 * and then it needs no calls of its own.
 */
import type { Clock } from '../../../supervisor/ports/clock.ts';
import type { GroupRoster, GroupSign } from '../../../supervisor/ports/groups.ts';
import type { LookRequest, SharedBackend } from '../shared-backend.ts';

/** How long the groups of the nodes count as known after they were seen. A look comes more often. */
const ROSTER_MS = 12_000;

type Said = Omit<LookRequest, 'sinceRevision'>;

export class NodeSigns {
  readonly #clock: Clock;
  #seenAtMs: number | undefined;
  #group: Required<Said>['group'] | undefined;
  #roster: { readonly known: GroupRoster; readonly groupId: string; readonly atMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When the node was seen, as long as that was not said; epoch milliseconds of its clock. */
  get seenAtMs(): number | undefined {
    return this.#seenAtMs;
  }

  /** The node is seen. The next look says so. */
  seen(atMs: number): void {
    this.#seenAtMs = atMs;
  }

  /** What the next look says. */
  toSay(): Said {
    return {
      ...(this.#seenAtMs !== undefined && { seenAtMs: this.#seenAtMs }),
      ...(this.#group && { group: this.#group }),
    };
  }

  /** A look has said it, and was answered with a roster if it named a group. */
  said({ seenAtMs, group }: Said, roster: GroupRoster | undefined): void {
    if (this.#seenAtMs === seenAtMs) this.#seenAtMs = undefined;
    if (group !== undefined && roster !== undefined) this.#know(group.id, roster);
  }

  /**
   * Announces a group. Looks repeat it from now on.
   * @param isQuiet Whether looks will do: then nothing is sent if the last one named the group.
   */
  async announce(
    sign: GroupSign,
    backend: Pick<SharedBackend, 'announceGroup'>,
    isQuiet: boolean,
  ): Promise<GroupRoster> {
    const known = isQuiet ? this.#answerTo(sign) : null;
    if (known !== null) return known;
    const roster = await backend.announceGroup(sign);
    this.#group = { id: sign.group.id, ttlMs: sign.ttlMs };
    this.#know(sign.group.id, roster);
    return roster;
  }

  /** Another history may know nothing of it. */
  forget(): void {
    this.#group = undefined;
    this.#roster = null;
  }

  /** What is known already of what an announcement would be answered; null if it has to be sent. */
  #answerTo({ group }: GroupSign): GroupRoster | null {
    if (group.keys !== undefined || this.#roster?.groupId !== group.id) return null;
    return this.#clock.monotonicMs() - this.#roster.atMs > ROSTER_MS ? null : this.#roster.known;
  }

  #know(groupId: string, known: GroupRoster): void {
    this.#roster = { known, groupId, atMs: this.#clock.monotonicMs() };
  }
}
