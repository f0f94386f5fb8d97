/** What nodes say to each other of their exchanges, as it stands on the channel of a lock server. */
import type { LockNews } from '../../supervisor/ports/locking.ts';

/** What a server needs to know in order to say the news of an exchange. */
export interface NewsHead {
  /** Who speaks. */
  readonly by: string;
  /** The number of the exchange among those of the speaker. */
  readonly no: number;
  /** The places of the attempts whose refusal is news, because the node waits for their locks. */
  readonly waiting: readonly number[];
}

/** One text of the channel. An exchange with much news sends several, all with the same number. */
export interface NewsMessage extends LockNews {
  readonly by: string;
  readonly no: number;
}

const MAX_TEXT_LENGTH = 1_000_000;
const MAX_KEYS = 1_000;
const MAX_KEY_LENGTH = 10_000;
const MAX_NAME_LENGTH = 100;

/** Null if the text is not such a message: anybody may send to the channel who may use the server. */
export function newsIn(text: string): NewsMessage | null {
  if (text.length > MAX_TEXT_LENGTH) return null;
  const { by, no, claimed, wanted } = Object(parsed(text)) as { readonly [field: string]: unknown };
  if (typeof by !== 'string' || by.length > MAX_NAME_LENGTH || !Number.isSafeInteger(no)) return null;
  if (!isListOfKeys(claimed) || !isListOfKeys(wanted) || claimed.length + wanted.length > MAX_KEYS) return null;
  return { by, no: no as number, claimed, wanted };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isListOfKeys(list: unknown): list is readonly string[] {
  if (!Array.isArray(list) || list.length > MAX_KEYS) return false;
  return list.every((key) => typeof key === 'string' && key.length <= MAX_KEY_LENGTH);
}
