/**
 * What a thread says over piscina's channel while it starts: our hello, which hands over its port, and piscina's own
 * word that it is ready. The channel stays open to plugins, who may imitate both. So a hello proves itself by a secret
 * that the thread deletes before it loads a plugin.
 */
import { randomUUID } from 'node:crypto';
import type { ThreadData, ThreadHello } from '../../../../workers/protocol.ts';

/** The key of piscina's message. It has no other use than to mark a thread as ready, so it may be imitated. */
const PISCINA_READY = '_WORKER_READY';

export class ThreadGreeting {
  readonly #secret = randomUUID();

  /** The part of the threads' `workerData` that proves their hello. */
  get threadData(): Pick<ThreadData, 'helloSecret'> {
    return { helloSecret: this.#secret };
  }

  isHello(message: unknown): message is ThreadHello {
    if (typeof message !== 'object' || message === null) return false;
    const { kind, secret } = message as Partial<ThreadHello>;
    return kind === 'thread.hello' && secret === this.#secret;
  }

  isKnown(message: unknown): boolean {
    return this.isHello(message) || (typeof message === 'object' && message !== null && PISCINA_READY in message);
  }
}
