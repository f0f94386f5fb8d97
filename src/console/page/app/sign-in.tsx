import { useState } from 'preact/hooks';
import { keepToken } from '../server/request.ts';
import { Emblem } from './emblem.tsx';

/** Asks for the console's token. It stays in this tab. */
export function SignIn({ wasRefused, retry }: { readonly wasRefused: boolean; readonly retry: () => void }) {
  const [token, setToken] = useState('');
  return (
    <main class="sign-in">
      <Emblem />
      <h1>Escapement</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keepToken(token);
          retry();
        }}
      >
        <label>
          Token
          <input
            type="password"
            autoComplete="current-password"
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={token === ''}>
          Enter
        </button>
      </form>
      <p>
        {wasRefused && token !== '' ? 'This token was not accepted. ' : ''}
        It is what <code>console.token</code> says in the scheduler's options.
      </p>
    </main>
  );
}
