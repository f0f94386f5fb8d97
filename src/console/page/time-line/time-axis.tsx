import { useStore } from '../state/store.ts';
import { useZone } from '../state/zone.ts';
import { paintAxis } from './axis-painter.ts';
import { MovingCanvas } from './moving-canvas.tsx';
import { palette } from './palette.ts';
import { SPAN_NAMES, span } from './span.ts';

const HEIGHT = 30;
const FONT = '11px system-ui, sans-serif';

/** The times of day above the lanes. */
export function TimeAxis({ zone = null }: { readonly zone?: string | null }) {
  const shownZone = useZone(zone);
  return (
    <MovingCanvas
      kind="axis-canvas"
      height={HEIGHT}
      version={() => shownZone}
      paint={(context, scale) =>
        paintAxis(context, scale, { height: HEIGHT, colours: palette(), zone: shownZone, font: FONT })
      }
    />
  );
}

/** How much time the lanes show. */
export function SpanChoice() {
  const chosen = useStore(span);
  return (
    <fieldset class="choice">
      <legend class="unseen">Time shown</legend>
      {SPAN_NAMES.map((name) => (
        <label key={name} class={name === chosen ? 'chosen' : ''}>
          <input type="radio" name="span" checked={name === chosen} onChange={() => span.set(name)} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
