import { useState } from 'preact/hooks';
import type { Explanation } from '../../../../machines/explaining/explanation.ts';
import { Failed } from '../../parts/empty.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { questionPath, schedulePath } from '../../server/request.ts';
import { serverNow } from '../../server/server-clock.ts';
import { useZone } from '../../state/zone.ts';
import { instantOf, wallTime } from '../../words/wall-time.ts';

const MINUTE_MS = 60_000;

/** Says why it ran, or did not, at an instant that one asks about. */
export function Why({ scheduleKey, zone: own }: { readonly scheduleKey: string; readonly zone: string }) {
  const zone = useZone(own);
  const [wall, setWall] = useState(() => wallTime(Math.floor(serverNow() / MINUTE_MS) * MINUTE_MS, zone));
  const [atMs, setAtMs] = useState<number | null>(null);
  const path = atMs === null ? null : questionPath(schedulePath(scheduleKey, '/explain'), { at: atMs });
  const { data, error } = useAnswer<{ explanation: Explanation }>(path);
  return (
    <Panel title="Why did it, or did it not?">
      <form
        class="why"
        onSubmit={(event) => {
          event.preventDefault();
          const instant = instantOf(wall, zone);
          if (!Number.isNaN(instant)) setAtMs(instant);
        }}
      >
        <label class="field">
          <span>At, in {zone}</span>
          <input
            type="datetime-local"
            step={1}
            required={true}
            value={wall}
            onInput={({ currentTarget }) => setWall(currentTarget.value)}
          />
        </label>
        <button type="submit">Explain</button>
      </form>
      <div aria-live="polite">
        {data !== null && <p class="explanation">{data.explanation.text}</p>}
        {error !== null && <Failed error={error} />}
      </div>
    </Panel>
  );
}
