import { createStore, useStore } from './store.ts';

/** Who looks at the page, and what it may do. */
export interface Session {
  readonly name: string;
  readonly canAct: boolean;
  readonly isReadOnly: boolean;
  readonly version: string;
  readonly nodeId: string;
  readonly timezone: string;
}

/** Null until the console has said it. */
export const session = createStore<Session | null>(null);

/** Whether the console has refused to answer, because it does not know any more who asks. */
export const isSignedOut = createStore(false);

/** Whether to offer what changes something. */
export function useCanAct(): boolean {
  const known = useStore(session);
  return known?.canAct === true && !known.isReadOnly;
}
