import { useEffect, useState } from 'preact/hooks';
import { contact, tryAgain } from '../server/connection.ts';
import { useStore } from '../state/store.ts';

/** Stands above the page while the console does not answer. What is shown below it is what was known last. */
export function ContactBanner() {
  const current = useStore(contact);
  if (current.state === 'connected') return null;
  return (
    <div class="banner" role="alert">
      <span>
        <b>Connection lost.</b> What you see is what was known last. <Countdown untilMs={current.attemptAtMs} />
      </span>
      <button type="button" onClick={tryAgain}>
        Try now
      </button>
    </div>
  );
}

function Countdown({ untilMs }: { readonly untilMs: number }) {
  const [nowMs, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((untilMs - nowMs) / 1_000);
  return <span aria-hidden="true">{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again …'}</span>;
}
