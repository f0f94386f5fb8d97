/** The headers of every answer. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Data shows nothing and loads nothing, should a browser ever be brought to show it as a page. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Adds the headers that keep browsers from doing anything else with the answer. */
export function secured(answer: Response): Response {
  const { headers } = answer;
  for (const [name, value] of Object.entries(EVERYWHERE)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  const isPage = /^text\/(?:html|css|javascript)/.test(headers.get('content-type') ?? '');
  if (!headers.has('content-security-policy')) {
    headers.set('content-security-policy', isPage ? PAGE_POLICY : DATA_POLICY);
  }
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  return answer;
}
