import { keptChoice } from './kept.ts';

/** `system` follows what the browser is told by its system. */
export const theme = keptChoice('theme', ['system', 'light', 'dark']);

/** Lets the style sheet know of the choice, now and whenever it changes. */
export function applyTheme(): void {
  const apply = (): void => {
    document.documentElement.dataset['theme'] = theme.get();
  };
  apply();
  theme.listen(apply);
}

/** Calls `changed` when the colours change, by choice or by the system. Returns how to end it. */
export function watchColours(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  const deafen = theme.listen(changed);
  return () => {
    system.removeEventListener('change', changed);
    deafen();
  };
}
