/**
 * The console as a function from a request to its answer. Every request passes the same steps: is it of this site, who
 * asks, may they, is there room, is the input right. What an answer says to browsers is added at the very end, so that
 * no answer leaves without it.
 */
import { type Context, Hono } from 'hono';
import type { PageFiles } from '../page-files.ts';
import type { SchedulerSource } from '../scheduler-source.ts';
import { jsonHeaders, jsonText } from './answers/json-text.ts';
import { EventHub } from './events/event-hub.ts';
import type { Gate, Visitor } from './gates/gate.ts';
import { isOfOtherSite } from './gates/same-origin.ts';
import { notLetIn } from './gates/token-gate.ts';
import { PageAnswers } from './page/page-answer.ts';
import { secured } from './page/security-headers.ts';
import { signInByAddress, signInByForm, signOut } from './page/sign-in.ts';
import { signInPage } from './page/sign-in-page.ts';
import { readBody } from './read-body.ts';
import { bodyOf, Refusal, refusalFor } from './refusal.ts';
import { allRoutes } from './routes/all-routes.ts';
import type { Route } from './routes/route.ts';
import { withinLimit } from './serving/within-limit.ts';

/** How many questions the console asks the scheduler at a time. More wait in nobody's memory: they are refused. */
const MAX_QUESTIONS = 64;
const ANSWER_LIMIT_MS = 30_000;
const MAX_URL_LENGTH = 8_192;

export interface ConsoleParts {
  readonly source: SchedulerSource;
  /** Whether nobody may act, whoever they are. */
  readonly isReadOnly: boolean;
  readonly gate: Gate;
  readonly readPage: () => Promise<PageFiles>;
  /** Where it is mounted: empty, or as `/admin/jobs`. */
  readonly basePath: string;
  /** Where a browser reaches it, once that is known. Default: nowhere. */
  readonly place?: { readonly url: string | null };
}

export interface ConsoleApp {
  /** Never rejects. `address` is where the request came from, as far as that is known. */
  answer(request: Request, address?: string): Promise<Response>;
  readonly routes: readonly Route[];
  /** Ends the event streams. */
  close(): void;
}

type Env = { readonly Bindings: { readonly address: string } };
type Asked = Context<Env>;

export function consoleApp(parts: ConsoleParts): ConsoleApp {
  const hub = new EventHub(parts.source);
  const routes = allRoutes(hub);
  const app = new Hono<Env>().basePath(parts.basePath);
  const console = new Answers(parts);
  for (const route of routes) {
    app.on(route.method, honoPath(route.path), (c) => console.route(c, route));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    app.all(honoPath(path), () => wrongMethod(methods));
  }
  app.post('/sign-in', (c) => console.signIn(c));
  app.post('/sign-out', (c) => console.signOut(c));
  app.all('/api/*', () => unknownPath());
  app.get('*', (c) => console.page(c));
  app.all('*', () => wrongMethod(['GET']));
  app.notFound(() => unknownPath());
  app.onError((error) => refusalAnswer(refusalFor(error)));
  return {
    answer: async (request, address = '') => {
      return secured(await checked(request, () => app.fetch(request, { address })));
    },
    routes,
    close: () => hub.close(),
  };
}

class Answers {
  readonly #parts: ConsoleParts;
  readonly #page: PageAnswers;
  #questionCount = 0;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.#page = new PageAnswers(parts.readPage, parts.basePath);
  }

  async route(c: Asked, route: Route): Promise<Response> {
    const request = c.req.raw;
    const isStream = 'contentType' in route.answer && route.answer.contentType === 'text/event-stream';
    // A stream that is asked for without its body would never be read, and never end.
    if (request.method === 'HEAD' && isStream) return wrongMethod(['GET']);
    // By the route and not by the text of its path, which can be written in many ways.
    if (route.access !== 'everybody') refuseOtherSites(request);
    const visitor = await this.#visitor(c, route);
    const { source, isReadOnly, place } = this.#parts;
    const query = new URL(request.url).searchParams;
    const input = { params: c.req.param(), query, body: route.method === 'POST' ? await readBody(request) : {} };
    const serve = () => route.serve({ source, isReadOnly, visitor, request, url: place?.url ?? null }, input);
    // Whoever asks after the console's health is answered however busy it is.
    const answer = await (route.access === 'everybody' ? serve() : this.#whileThereIsRoom(serve, route));
    return answerOf(route, answer);
  }

  async page(c: Asked): Promise<Response> {
    const { gate, basePath } = this.#parts;
    const [request, { address }] = [c.req.raw, c.env];
    const welcome = gate.signIn === undefined ? null : signInByAddress(gate.signIn, request, address, basePath);
    if (welcome !== null) return welcome;
    const visitor = await gate.admit(request, address);
    if (visitor === null) return gate.signIn === undefined ? this.#refusePerson() : signInPage(basePath, null, 401);
    return this.#page.answer(request, c.req.path.slice(basePath.length + 1));
  }

  async signIn(c: Asked): Promise<Response> {
    const { gate, basePath } = this.#parts;
    if (gate.signIn === undefined) return unknownPath();
    return signInByForm(gate.signIn, c.req.raw, c.env.address, basePath);
  }

  signOut(_c: Asked): Response {
    const { signIn } = this.#parts.gate;
    return signIn === undefined ? unknownPath() : signOut(signIn);
  }

  async #visitor(c: Asked, { access }: Route): Promise<Visitor | null> {
    if (access === 'everybody') return null;
    const visitor = await this.#parts.gate.admit(c.req.raw, c.env.address);
    if (visitor === null) throw this.#parts.gate.signIn === undefined ? notAuthorized() : notLetIn();
    if (access === 'look' || visitor.canAct) return visitor;
    const reason = this.#parts.isReadOnly ? 'The console is read-only.' : 'You may look, but not act.';
    throw new Refusal(403, 'read-only', reason);
  }

  #refusePerson(): Response {
    const text = 'You are not let in here. Sign in to the application that this console is a part of.\n';
    return new Response(text, { status: 401, headers: { 'content-type': 'text/plain; charset=utf-8' } });
  }

  async #whileThereIsRoom<T>(question: () => Promise<T>, { hasOwnLimit }: Route): Promise<T> {
    if (this.#questionCount >= MAX_QUESTIONS) {
      const message = 'The console answers as many requests as it may at a time: try again.';
      throw new Refusal(429, 'too-many-requests', message, { 'retry-after': '1' });
    }
    this.#questionCount += 1;
    const asked = question().finally(() => {
      this.#questionCount -= 1;
    });
    return hasOwnLimit ? asked : withinLimit(asked, ANSWER_LIMIT_MS);
  }
}

/** What holds for every request, whatever it asks for. */
async function checked(request: Request, answer: () => Response | Promise<Response>): Promise<Response> {
  try {
    if (request.url.length > MAX_URL_LENGTH) throw new Refusal(400, 'url-too-long', 'The address is too long.');
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseOtherSites(request);
    return await answer();
  } catch (error) {
    return refusalAnswer(refusalFor(error));
  }
}

function refuseOtherSites(request: Request): void {
  if (isOfOtherSite(request)) throw new Refusal(403, 'other-site', 'The request comes from another site.');
}

function answerOf({ answer }: Route, value: unknown): Response {
  if (value instanceof Response) return value;
  if ('schema' in answer) return jsonAnswer(value, answer.status);
  return new Response(null, { status: answer.status });
}

function jsonAnswer(value: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(jsonText(value), { status, headers: { ...headers, ...jsonHeaders } });
}

function refusalAnswer(refusal: Refusal): Response {
  return jsonAnswer(bodyOf(refusal), refusal.status, refusal.headers);
}

function wrongMethod(methods: readonly string[]): Response {
  const allowed = methods.join(', ');
  const message = `This path can be asked for with ${allowed} only.`;
  return refusalAnswer(new Refusal(405, 'wrong-method', message, { allow: allowed }));
}

function unknownPath(): Response {
  return refusalAnswer(new Refusal(404, 'unknown-path', 'There is nothing at this path.'));
}

function notAuthorized(): Refusal {
  return new Refusal(401, 'unauthorized', 'You are not let in here. Sign in to the application first.');
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
