import { createStore } from './store.ts';

/** What became of an action, shown for a while. */
export interface Notice {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
  readonly link?: { readonly address: string; readonly text: string };
}

const SHOWN_MS = 6_000;
const MOST = 3;
let count = 0;

export const notices = createStore<readonly Notice[]>([]);

export function notify(notice: Omit<Notice, 'id'>): void {
  count += 1;
  const id = count;
  notices.set([...notices.get(), { ...notice, id }].slice(-MOST));
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id));
}
