/** The console of the host: there is none, nobody looks at it, or its pages are open. */
export const STATES = ['without', 'unseen', 'watched'] as const;
export type ConsoleState = (typeof STATES)[number];
