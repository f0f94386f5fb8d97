import type { MessagePort } from 'node:worker_threads';
import { unpackEntries } from '../../../machines/packing/packed-entries.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import type { AnswerOf } from '../../../wire/questions.ts';
import type { FromStore, StoreMethod, StoreQuestions, ToStore } from './protocol.ts';
import type { StoreService } from './store-service.ts';

/** How often the thread checks and prunes its file. */
const MAINTENANCE_MS = 10_000;

/** Handles the supervisor thread's messages one after another, in order. */
export function serve(port: MessagePort, service: StoreService): void {
  let turn: Promise<void> = Promise.resolve();
  let timer = setTimeout(maintain, MAINTENANCE_MS);

  function inTurn(work: () => Promise<void>): void {
    turn = turn.then(work);
  }

  function maintain(): void {
    inTurn(async () => {
      const isUnfinished = await service.maintain();
      // A delay of 0 is a turn later too, so messages that arrived meanwhile come first.
      timer = setTimeout(maintain, isUnfinished ? 0 : MAINTENANCE_MS);
    });
  }

  port.on('message', (message: ToStore) => {
    inTurn(async () => {
      port.postMessage(await answerOf(service, message));
      if (message.kind !== 'ask' || message.method !== 'close') return;
      clearTimeout(timer);
      port.close();
    });
  });
}

function answerOf(service: StoreService, message: ToStore): Promise<FromStore> {
  return message.kind === 'write' ? write(service, message) : answer(service, message);
}

async function answer(service: StoreService, question: Extract<ToStore, { kind: 'ask' }>): Promise<FromStore> {
  try {
    return { kind: 'answered', id: question.id, answer: await ask(service, question) };
  } catch (error) {
    return { kind: 'refused', id: question.id, reason: reasonOf(error) };
  }
}

async function write(
  service: StoreService,
  { batchId, entries }: Extract<ToStore, { kind: 'write' }>,
): Promise<FromStore> {
  try {
    return { kind: 'written', batchId, refused: await service.write(unpackEntries(entries)) };
  } catch (error) {
    return { kind: 'failed', batchId, reason: reasonOf(error) };
  }
}

async function ask(
  service: StoreService,
  question: Extract<ToStore, { kind: 'ask' }>,
): Promise<AnswerOf<StoreQuestions, StoreMethod>> {
  switch (question.method) {
    case 'open':
      return service.open(question.params);
    case 'openClaims':
      return service.openClaims();
    case 'history':
      return service.history(question.params);
    case 'facts':
      return service.facts(question.params);
    case 'kv':
      return service.kv(question.params);
    case 'audit':
      return service.audit(question.params);
    case 'close':
      return service.close(question.params);
  }
}
