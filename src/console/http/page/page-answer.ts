/** Answers for the files of the page, and the page itself for every path that is a view of it. */
import { type Encoding, type PageFile, type PageFiles, pageFile } from '../../page-files.ts';
import { Refusal } from '../refusal.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Kept, but asked for again each time: the answer to that is 304. */
const REVALIDATED = 'no-cache';

/** Serves the page below a mount path. `read` is called once, by the first request. */
export class PageAnswers {
  readonly #read: () => Promise<PageFiles>;
  readonly #basePath: string;
  #files: Promise<PageFiles> | null = null;

  constructor(read: () => Promise<PageFiles>, basePath: string) {
    this.#read = read;
    this.#basePath = basePath;
  }

  /** `path` is what follows the mount path, without a slash in front. */
  async answer(request: Request, path: string): Promise<Response> {
    this.#files ??= this.#load();
    const files = await this.#files;
    if (files === null) return this.#notBuilt();
    const isView = !path.includes('.');
    const file = files.get(isView ? 'index.html' : path);
    if (file === undefined) throw new Refusal(404, 'unknown-path', 'There is nothing at this path.');
    return fileAnswer(request, file);
  }

  async #load(): Promise<PageFiles> {
    const files = await this.#read();
    const index = files?.get('index.html')?.bodies.identity;
    if (files === null || index === undefined) return null;
    // So that the page finds its files and its API from every view of its own.
    const base = `<base href="${this.#basePath}/">`;
    const html = new TextDecoder().decode(index).replace(/<head[^>]*>/, (head) => `${head}\n    ${base}`);
    return new Map([...files, ['index.html', await pageFile('index.html', new TextEncoder().encode(html))]]);
  }

  #notBuilt(): Response {
    const text =
      `The page of the console has not been built. In a checkout, run: node scripts/build-page.ts\n` +
      `The API works without it: ${this.#basePath}/api/openapi.json describes it.\n`;
    this.#files = null;
    return new Response(text, { status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' } });
  }
}

function fileAnswer(request: Request, { type, etag, isImmutable, bodies }: PageFile): Response {
  const headers = new Headers({
    // Also without a body: browsers put the headers of a 304 in place of those they kept, and the policy goes by the type.
    'content-type': type,
    etag,
    vary: 'accept-encoding',
    'cache-control': isImmutable ? IMMUTABLE : REVALIDATED,
  });
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag)) return new Response(null, { status: 304, headers });
  const encoding = (['br', 'gzip'] as const).find((name) => bodies[name] !== undefined && accepts(request, name));
  if (encoding !== undefined) headers.set('content-encoding', encoding);
  const body = bodies[encoding ?? 'identity'] ?? null;
  if (body !== null) headers.set('content-length', String(body.length));
  return new Response(body, { headers });
}

function accepts(request: Request, encoding: Encoding): boolean {
  const offers = (request.headers.get('accept-encoding') ?? '').toLowerCase().split(',');
  return offers.some((offer) => {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim());
    return name === encoding && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
