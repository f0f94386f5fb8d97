/** Keys for those who do not reach for the mouse. A key that is typed into a field belongs to the field. */
import { useEffect } from 'preact/hooks';
import { overlay } from '../state/overlays.ts';
import { goTo, type Tab, tabAddress } from '../state/route.ts';

const PAGE_KEYS: Readonly<Record<string, Tab>> = {
  o: 'overview',
  s: 'schedules',
  c: 'cluster',
  p: 'pool',
  l: 'plugins',
  a: 'audit',
};
/** How long after `g` the letter of a page may follow. */
const SECOND_KEY_MS = 1_500;

const ACTIONS: Readonly<Record<string, () => void>> = {
  '/': () => overlay.set('search'),
  '?': () => overlay.set('keys'),
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  Escape: leaveList,
};

export function useKeyboard(): void {
  useEffect(() => {
    let goesSinceMs = Number.NEGATIVE_INFINITY;
    const pressed = (event: KeyboardEvent): void => {
      if (isForSomethingElse(event)) return;
      const isSecond = event.timeStamp - goesSinceMs < SECOND_KEY_MS;
      goesSinceMs = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (perform(event.key, isSecond)) event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

/** Whether the key means something; `isSecond`, when it follows `g`. */
function perform(key: string, isSecond: boolean): boolean {
  const tab = isSecond ? PAGE_KEYS[key] : undefined;
  const action = tab === undefined ? ACTIONS[key] : () => goTo(tabAddress(tab));
  action?.();
  return action !== undefined;
}

function isForSomethingElse({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || document.querySelector('dialog[open]') !== null) return true;
  return target instanceof HTMLElement && target.closest('input, textarea, select') !== null;
}

/** Moves the focus among the links that stand for the entries of the page's lists. */
function moveFocus(by: 1 | -1): void {
  const entries = [...document.querySelectorAll<HTMLElement>('main [data-entry]')];
  const focused = document.activeElement;
  const at = focused instanceof HTMLElement ? entries.indexOf(focused) : -1;
  const next = at === -1 ? entries.find(isInView) : entries[at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function isInView(element: HTMLElement): boolean {
  return element.getBoundingClientRect().top >= 0;
}

function leaveList(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
