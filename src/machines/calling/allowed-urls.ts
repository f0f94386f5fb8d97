/**
 * Which URLs a list of allowed ones allows. Both are compared as they are parsed, so that spellings of the same host,
 * port or path are the same.
 */

/** How often a text is decoded at most, to see what a server may make of it. */
const MAX_DECODINGS = 8;

/**
 * The allowed URL by which a URL may be asked for; null if there is none. Scheme, host and port must be equal. The path
 * must begin with that of the allowed URL: with all of it if that ends in a slash, else with whole segments.
 */
export function allowedBy(url: URL, allowedUrls: readonly string[]): URL | null {
  for (const text of allowedUrls) {
    const allowed = URL.parse(text);
    if (allowed !== null && covers(allowed, url)) return allowed;
  }
  return null;
}

/** The host of a URL without the dot of the root, which names the same host. */
export function hostOf({ hostname }: URL): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

function covers(allowed: URL, url: URL): boolean {
  const isSameOrigin =
    allowed.protocol === url.protocol && allowed.port === url.port && hostOf(allowed) === hostOf(url);
  return isSameOrigin && isBelow(url.pathname, allowed.pathname);
}

function isBelow(path: string, allowed: string): boolean {
  if (allowed === '/') return true;
  const isWithin = allowed.endsWith('/')
    ? path.startsWith(allowed)
    : path === allowed || path.startsWith(`${allowed}/`);
  return isWithin && !climbs(path);
}

/**
 * Whether a server could take a part of the path for a step upwards. The parser has resolved plain ones; here it is what
 * a server may decode or cut off before it looks: `..%2f`, `%252e%252e/`, `..;/`.
 */
function climbs(path: string): boolean {
  let decoded = path;
  for (let count = 0; count < MAX_DECODINGS; count += 1) {
    const next = decoded.replace(/%(?:25|2e|2f|5c|3b|00)/gi, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    );
    if (next === decoded) break;
    decoded = next;
  }
  return decoded.split(/[/\\]/).some((segment) => /^\.\.(?:[;\0]|$)/.test(segment));
}
