import type { MessagePort } from 'node:worker_threads';
import { reasonOf } from '../../../wire/error-record.ts';
import { answerTo } from '../thread-answer.ts';
import type { FromStore, ToStore } from './protocol.ts';
import type { StoreService } from './store-service.ts';

/** How often the thread checks and prunes its file. */
const MAINTENANCE_MS = 10_000;

/** Handles the supervisor thread's messages, in order. */
export function serve(port: MessagePort, service: StoreService): void {
  const post = (message: FromStore): void => port.postMessage(message);
  let timer = setTimeout(maintain, MAINTENANCE_MS);

  function maintain(): void {
    const isUnfinished = service.maintain();
    // A delay of 0 is a turn later too, so messages that arrived meanwhile come first.
    timer = setTimeout(maintain, isUnfinished ? 0 : MAINTENANCE_MS);
  }

  port.on('message', (message: ToStore) => {
    post(message.kind === 'write' ? write(service, message) : answerTo(message.id, () => ask(service, message)));
    if (message.kind !== 'ask' || message.method !== 'close') return;
    clearTimeout(timer);
    port.close();
  });
}

function write(service: StoreService, { batchId, entries }: Extract<ToStore, { kind: 'write' }>): FromStore {
  try {
    return { kind: 'written', batchId, refused: service.write(entries) };
  } catch (error) {
    return { kind: 'failed', batchId, reason: reasonOf(error) };
  }
}

function ask(service: StoreService, question: Extract<ToStore, { kind: 'ask' }>) {
  switch (question.method) {
    case 'open':
      return service.open(question.params);
    case 'openClaims':
      return service.openClaims();
    case 'history':
      return service.history(question.params);
    case 'facts':
      return service.facts(question.params);
    case 'close':
      return service.close(question.params);
  }
}
