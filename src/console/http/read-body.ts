import { Refusal } from './refusal.ts';

const MAX_BODY_BYTES = 65_536;

/** The JSON object of a request's body; an empty one if it has none. Throws a refusal for anything else. */
export async function readBody(request: Request): Promise<object> {
  const text = await readText(request);
  if (text === '') return {};
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json *(?:;|$)/i.test(type)) {
    throw new Refusal(400, 'not-json', 'Send the body as JSON, with the content type application/json.');
  }
  const body = parsed(text);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new Refusal(400, 'not-json', 'The body must be a JSON object.');
}

/** The text of a request's body. Reads no more of it than a body may have. */
export async function readText(request: Request): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > MAX_BODY_BYTES) throw tooLarge();
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new Refusal(400, 'not-utf-8', 'The body must be UTF-8.');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'not-json', 'The body is not JSON.');
  }
}

function tooLarge(): Refusal {
  // What is left of the body is not read, so the connection cannot serve another request.
  const headers = { connection: 'close' };
  return new Refusal(413, 'too-large', `A body may have at most ${MAX_BODY_BYTES} bytes.`, headers);
}
