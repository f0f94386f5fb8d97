import type { LiveRun } from '../../supervisor/operator-reports.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { RemoteError } from './remote-error.ts';

/** So many ids are enough to see what to write more of. */
const MOST_IDS = 5;

/** The whole id for the beginning of one; undefined if there is none. @throws RemoteError if there are several. */
export function runIdAmong(runs: readonly Pick<LiveRun, 'runId'>[], word: string): string | undefined {
  const beginning = word.toLowerCase();
  const ids = [...new Set(runs.map(({ runId }) => runId).filter((runId) => runId.startsWith(beginning)))];
  if (ids.length <= 1) return ids[0];
  const more = ids.length > MOST_IDS ? `, and ${ids.length - MOST_IDS} more` : '';
  const shown = `${ids.slice(0, MOST_IDS).join(', ')}${more}`;
  throw new RemoteError(EXIT_FAILED, `The ids of several runs begin with "${word}": ${shown}. Write more of it.`);
}
