/** The style sheet's colours as a canvas takes them: it knows no variables. */
import { watchColours } from '../state/theme.ts';
import type { Tone } from '../words/outcomes.ts';

const NAMES = [
  'good',
  'bad',
  'warn',
  'odd',
  'mute',
  'accent',
  'ink',
  'ink-2',
  'ink-3',
  'line',
  'line-strong',
  'surface',
] as const;
const PART_NAMES = ['part-tick', 'part-lock', 'part-queue', 'part-start'] as const;

type Name = (typeof NAMES)[number] | (typeof PART_NAMES)[number];
export type Palette = Readonly<Record<Name, string>> & Readonly<Record<Tone, string>>;

let current: Palette | null = null;
watchColours(() => {
  current = null;
});

/** The same object until the colours change. */
export function palette(): Palette {
  current ??= read();
  return current;
}

function read(): Palette {
  const probe = document.createElement('span');
  document.body.append(probe);
  const entries = [...NAMES, ...PART_NAMES].map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries);
}
