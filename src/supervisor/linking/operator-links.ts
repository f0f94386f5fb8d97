import type { MessagePort } from 'node:worker_threads';
import type { Onlookers, OperatorEvent, OperatorTopic } from '../operator-protocol.ts';
import type { SupervisorEvent } from '../protocol.ts';
import { OperatorLink, type OperatorLinkParts } from './operator-link.ts';

/** All who look at the node beside its host. Where nobody listens, one look at a set is all that an event costs. */
export class OperatorLinks implements Onlookers {
  readonly #parts: Omit<OperatorLinkParts, 'changed'>;
  readonly #links = new Set<OperatorLink>();
  /** What somebody listens to. */
  #topics: ReadonlySet<string> = new Set();

  constructor(parts: Omit<OperatorLinkParts, 'changed'>) {
    this.#parts = parts;
  }

  open(port: MessagePort): void {
    const { answer, sleep, dropped } = this.#parts;
    const changed = (link: OperatorLink): void => {
      if (!link.isOpen) this.#links.delete(link);
      this.#topics = new Set([...this.#links].flatMap(({ topics }) => [...topics]));
    };
    this.#links.add(new OperatorLink(port, { answer, sleep, dropped, changed }));
  }

  isHeard(topic: OperatorTopic): boolean {
    return this.#topics.has(topic);
  }

  tell(event: OperatorEvent): void {
    for (const link of this.#links) if (link.topics.has(event.type)) link.tell(event);
  }

  /** Tells what the host hears, if it is one of the things that an operator can hear of. */
  passOn(event: SupervisorEvent): void {
    if (!this.#topics.has(event.type)) return;
    switch (event.type) {
      case 'ledger':
      case 'plugins':
      case 'begun':
      case 'stopping':
        break;
      default:
        this.tell(event);
    }
  }
}
