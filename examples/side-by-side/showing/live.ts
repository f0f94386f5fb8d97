import { once } from 'node:events';
import { ACTS, type ActKey } from '../acts.ts';
import type { Demonstration } from '../demonstration.ts';
import { Screen } from './screen.ts';
import { view } from './view.ts';

const FRAME_MS = 200;
/** `q`, Ctrl-C and Ctrl-D. */
const ENDING_KEYS = new Set(['q', 'Q', '\u0003', '\u0004']);

/** Shows the demonstration and obeys the keys, until `ending` is aborted: by a key, or from elsewhere. */
export async function showLive(demonstration: Demonstration, ending: AbortController): Promise<void> {
  const screen = new Screen((key) => {
    if (ENDING_KEYS.has(key)) ending.abort();
    else if (Object.hasOwn(ACTS, key.toLowerCase())) void demonstration.act(key.toLowerCase() as ActKey);
  });
  const draw = (): void => screen.draw(view(demonstration, screen.size, Date.now()));
  const frames = setInterval(draw, FRAME_MS);
  process.stdout.on('resize', draw);
  draw();
  if (!ending.signal.aborted) await once(ending.signal, 'abort');
  clearInterval(frames);
  process.stdout.off('resize', draw);
  screen.close();
}
