import type { SharedBackend } from './shared-backend.ts';

/** Of these runs, those that the database knows nothing of. The others have ended, maybe by the word of another node. */
export async function unrecorded(
  runIds: readonly string[],
  backend: Pick<SharedBackend, 'history'>,
): Promise<readonly string[]> {
  const records = await Promise.all(runIds.map((runId) => backend.history({ runId })));
  return runIds.filter((_runId, place) => records[place]?.length === 0);
}
