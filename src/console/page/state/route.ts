/** Where the page is, kept in the address behind `#`, so that it works under any mount path. */
import { createStore } from './store.ts';

export type Route =
  | { readonly page: 'overview' | 'schedules' | 'cluster' | 'pool' | 'plugins' | 'audit' }
  | { readonly page: 'schedule'; readonly key: string }
  | { readonly page: 'run'; readonly runId: string }
  | { readonly page: 'nowhere' };

export const TABS = ['overview', 'schedules', 'cluster', 'pool', 'plugins', 'audit'] as const;
export type Tab = (typeof TABS)[number];

export const route = createStore<Route>(routeOf(location.hash));
addEventListener('hashchange', () => route.set(routeOf(location.hash)));

export function routeOf(hash: string): Route {
  const [name = '', argument = ''] = hash.replace(/^#\/?/, '').split('?')[0]?.split('/') ?? [];
  if (name === '') return { page: 'overview' };
  if (name === 'schedules' && argument !== '') return { page: 'schedule', key: decoded(argument) };
  if (name === 'runs' && argument !== '') return { page: 'run', runId: decoded(argument) };
  const tab = TABS.find((known) => known === name);
  return tab === undefined ? { page: 'nowhere' } : { page: tab };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What follows `?` in the address: the filters of a list. */
export function routeQuery(): URLSearchParams {
  return new URLSearchParams(location.hash.split('?')[1] ?? '');
}

/** Keeps the filters of a list in the address, without a step in the browser's history. */
export function replaceQuery(query: URLSearchParams): void {
  const text = query.toString();
  const [path] = (location.hash || '#/').split('?');
  history.replaceState(null, '', text === '' ? path : `${path}?${text}`);
}

export const tabAddress = (tab: Tab): string => `#/${tab}`;
export const scheduleAddress = (key: string): string => `#/schedules/${encodeURIComponent(key)}`;
export const runAddress = (runId: string): string => `#/runs/${encodeURIComponent(runId)}`;

export function goTo(address: string): void {
  location.hash = address;
}
