import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; }
form { display: grid; gap: 0.75rem; width: min(22rem, 90vw); }
h1 { font-size: 1.25rem; margin: 0; }
p { margin: 0; opacity: 0.8; }
p[role=alert] { opacity: 1; color: light-dark(#b3261e, #ffb4ab); }
input, button { font: inherit; padding: 0.6rem 0.75rem; border-radius: 0.5rem; border: 1px solid #8888; }
button { background: #3f5fc4; color: #fff; border: 0; cursor: pointer; }
`;
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Asks a person for the token. `basePath` is where the console is mounted; it holds no character that HTML reads. */
export function signInPage(basePath: string, problem: string | null, status: 401 | 429): Response {
  const alert = problem === null ? '' : `<p role="alert">${problem}</p>`;
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>Sign in · Escapement</title><style>${STYLE}</style></head>
<body><form method="post" action="${basePath}/sign-in">
<h1>Escapement</h1>
<p>Enter the token that the console was started with.</p>
${alert}
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form></body>
</html>
`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    // A form of a page without referrers is sent with the origin `null`, which is every other site's too.
    'referrer-policy': 'same-origin',
  };
  return new Response(html, { status, headers });
}
