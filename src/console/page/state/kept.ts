/** Choices that the browser keeps. Where it keeps nothing, they last as long as the page. */
import { createStore, type Store } from './store.ts';

/** A choice among a few words, under a name of its own in the browser's storage. */
export function keptChoice<T extends string>(name: string, choices: readonly [T, ...T[]]): Store<T> {
  const key = `escapement-${name}`;
  const store = createStore<T>(choices.find((choice) => choice === read(key)) ?? choices[0]);
  store.listen((value) => write(key, value));
  return store;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It is forgotten with the page.
  }
}
