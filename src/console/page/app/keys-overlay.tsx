import { Dialog } from '../parts/dialog.tsx';

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['/'], 'Search'],
  [['g', 'o'], 'Overview'],
  [['g', 's'], 'Schedules'],
  [['g', 'c'], 'Cluster'],
  [['g', 'p'], 'Pool'],
  [['g', 'l'], 'Plugins'],
  [['g', 'a'], 'Audit'],
  [['j'], 'Next in a list'],
  [['k'], 'Previous in a list'],
  [['Enter'], 'Open'],
  [['Esc'], 'Close, or go back from a list'],
  [['?'], 'This list'],
];

/** All that the keyboard can do. */
export function KeysOverlay({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <h2>Keyboard</h2>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
