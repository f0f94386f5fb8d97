import { createStore } from './store.ts';

/** What lies over the page: the search, or the list of keys. */
export const overlay = createStore<'search' | 'keys' | null>(null);
