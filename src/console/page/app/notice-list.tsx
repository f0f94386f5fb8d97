import { Icon } from '../parts/icon.tsx';
import { dismiss, notices } from '../state/notices.ts';
import { useStore } from '../state/store.ts';

/** What became of the last actions, in a corner. */
export function NoticeList() {
  return (
    <div class="notices" aria-live="polite">
      {useStore(notices).map(({ id, tone, text, link }) => (
        <div key={id} class={`notice ${tone}`}>
          <Icon name={tone === 'good' ? 'fine' : 'alert'} />
          <span>
            {text} {link !== undefined && <a href={link.address}>{link.text}</a>}
          </span>
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
