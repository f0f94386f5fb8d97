import type { ScheduleEvent } from '../../machines/schedule-events.ts';

/** Where the facts about one thing come from. */
export interface FactSource {
  /** Sends on every fact that is known by now, and each that becomes known. Call it once. */
  follow(send: (fact: ScheduleEvent) => void): void;
}

/** Facts that are sent on as soon as they are known, without a promise for each. */
export class Facts implements FactSource {
  #send: ((fact: ScheduleEvent) => void) | null = null;
  #early: ScheduleEvent[] | null = null;

  know(fact: ScheduleEvent): void {
    if (this.#send !== null) this.#send(fact);
    else if (this.#early === null) this.#early = [fact];
    else this.#early.push(fact);
  }

  follow(send: (fact: ScheduleEvent) => void): void {
    this.#send = send;
    for (const fact of this.#early ?? []) send(fact);
    this.#early = null;
  }
}
