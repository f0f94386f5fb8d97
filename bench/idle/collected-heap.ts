import { Session } from 'node:inspector/promises';

/**
 * Collects all garbage of the host thread and of every thread that it has started. Taking a heap snapshot would do so,
 * too, but with a million schedules it takes minutes and gigabytes.
 */
export async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
    const threads: string[] = [];
    session.on('NodeWorker.attachedToWorker', ({ params }) => threads.push(params.sessionId));
    await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    for (const sessionId of threads) await collectIn(session, sessionId);
    await session.post('NodeWorker.disable');
  } finally {
    session.disconnect();
  }
}

async function collectIn(session: Session, sessionId: string): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === sessionId) resolve();
    });
  });
  const message = JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' });
  await session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  await answered;
}
