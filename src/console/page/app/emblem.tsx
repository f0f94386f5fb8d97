import { second } from '../state/frames.ts';
import { useStore } from '../state/store.ts';

const TEETH = 15;
const STEP_DEGREES = 360 / TEETH;

/** The escape wheel and its anchor: it advances one tooth with each second of the scheduler's clock. */
export function Emblem() {
  const count = Math.round(useStore(second) / 1_000);
  const side = count % 2 === 0 ? 1 : -1;
  return (
    <svg class="emblem" viewBox="-16 -19 32 35" width="32" height="35" aria-hidden="true">
      <g class="wheel" style={{ transform: `rotate(${(count % (TEETH * 1_000)) * STEP_DEGREES}deg)` }}>
        {Array.from({ length: TEETH }, (_, index) => (
          <path key={index} d="M-1.6 -9.2 L1.9 -13.4 L1.3 -9.2 Z" transform={`rotate(${index * STEP_DEGREES})`} />
        ))}
        <circle r="8.8" class="rim" />
        <path d="M0 -8.8V8.8M-8.8 0H8.8" class="spokes" />
        <circle r="1.8" />
      </g>
      <g class="anchor" style={{ transform: `rotate(${side * 4}deg)` }}>
        <path d="M-8.5 -10.5C-7 -16 -3 -17 0 -17S7 -16 8.5 -10.5" class="rim" />
        <circle cy="-17" r="1.6" />
      </g>
    </svg>
  );
}
