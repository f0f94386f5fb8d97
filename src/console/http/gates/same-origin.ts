/**
 * Whether a browser sent a request on behalf of another site. What is not a browser sends neither header, and is not
 * misled by any page. The scheme is not compared, because a proxy may have taken the encryption off.
 */
export function isOfOtherSite(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') return true;
  const origin = request.headers.get('origin');
  if (origin === null) return false;
  const [from, to] = [hostOf(origin), request.headers.get('host') ?? new URL(request.url).host];
  return from === null || from.host !== hostOf(`${from.protocol}//${to}`)?.host;
}

function hostOf(url: string): URL | null {
  const parsed = URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.host !== '' ? parsed : null;
}
