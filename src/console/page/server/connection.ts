/** Whether the console answers. While it does not, one request at a time tries again, and the page waits for it. */
import { createStore } from '../state/store.ts';

/** `attemptAtMs` is in the time of `performance.now()`. */
export type Contact =
  | { readonly state: 'connected'; readonly spell: number }
  | { readonly state: 'lost'; readonly spell: number; readonly attemptAtMs: number };

const LONGEST_WAIT_MS = 10_000;
const FIRST_WAIT_MS = 1_000;

/** `spell` counts how often contact was found again: whoever shows something asks anew when it changes. */
export const contact = createStore<Contact>({ state: 'connected', spell: 0 });

let waitMs = FIRST_WAIT_MS;
let timer: ReturnType<typeof setTimeout> | undefined;
let attempt: () => void = () => {};

export function heardFrom(): void {
  waitMs = FIRST_WAIT_MS;
  clearTimeout(timer);
  timer = undefined;
  const { state, spell } = contact.get();
  if (state === 'lost') contact.set({ state: 'connected', spell: spell + 1 });
}

/** `retry` asks something, whatever it is, and tells of its success or failure here. */
export function lostContact(retry: () => void): void {
  attempt = retry;
  if (timer !== undefined) return;
  const delayMs = waitMs;
  waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  contact.set({ state: 'lost', spell: contact.get().spell, attemptAtMs: performance.now() + delayMs });
  timer = setTimeout(tryAgain, delayMs);
}

export function tryAgain(): void {
  clearTimeout(timer);
  timer = undefined;
  attempt();
}
