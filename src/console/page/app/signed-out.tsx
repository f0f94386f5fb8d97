import { Emblem } from './emblem.tsx';

/** Where the console does not let the visitor in any more. Its own door is at the same address. */
export function SignedOut() {
  return (
    <main class="signed-out">
      <Emblem />
      <h1>You are signed out.</h1>
      <p>The console, or the application that it is a part of, wants to know again who you are.</p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        Sign in again
      </button>
    </main>
  );
}
