import { reasonOf } from '../../wire/error-record.ts';
import { visibleMessage } from '../../wire/visible-text.ts';

/** From this length on a password is not part of another word by chance. */
const LONG_LENGTH = 8;
/** An error may contain itself. */
const MAX_DEPTH = 8;

/** Why a driver's call failed: on one line, and without the passwords in the URLs that the driver was given. */
export function readableReason(thrown: unknown, ...urls: readonly string[]): string {
  const [firstLine = ''] = reasonOf(mostTelling(thrown)).split('\n');
  return visibleMessage(urls.reduce(withoutPasswords, firstLine)).replace(/\.$/, '');
}

/**
 * Blanks the passwords of the URL: always where a password stands, and elsewhere as a word of its own. But a word that
 * the URL also has as its user, host or database stays, because a message that names it says nothing about the password.
 */
export function withoutPasswords(text: string, url: string): string {
  const names = namesIn(url);
  return passwordsIn(url).reduce((rest, password) => {
    const written = escaped(password);
    const inPlace = rest
      .replaceAll(new RegExp(`:${written}(?=@)`, 'g'), ':***')
      .replaceAll(new RegExp(`(password[=: ]+["']?)${written}`, 'gi'), '$1***');
    return names.has(password) ? inPlace : inPlace.replaceAll(asWord(password), '***');
  }, text);
}

/** When every address of a host refuses, the driver's error says nothing, but the errors in it do. */
function mostTelling(thrown: unknown): unknown {
  let telling = thrown;
  for (let depth = 0; depth < MAX_DEPTH && telling instanceof AggregateError; depth += 1) {
    if (telling.errors.length === 0) break;
    telling = telling.errors[0];
  }
  return telling;
}

/** Each password as it is written and as it is meant, the longest first, so that none is left over in part. */
function passwordsIn(url: string): string[] {
  const written = [
    ...parsedPasswords(url),
    // Drivers take URLs that are not quite valid, such as one with an @ in the password.
    /^[^:]+:\/\/[^:/@]*:(.+)@/.exec(url)?.[1] ?? '',
    /[?&]password=([^&]+)/.exec(url)?.[1] ?? '',
  ].filter((password) => password !== '');
  const all = new Set(written.flatMap((password) => [password, decoded(password)]));
  return [...all].toSorted((left, right) => right.length - left.length);
}

function parsedPasswords(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  return [password, searchParams.get('password') ?? ''];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What else the URL names. */
function namesIn(url: string): ReadonlySet<string> {
  if (!URL.canParse(url)) return new Set();
  const { username, hostname, pathname, searchParams } = new URL(url);
  const named = ['user', 'host', 'dbname', 'application_name'].map((name) => searchParams.get(name) ?? '');
  return new Set([username, hostname, pathname.slice(1), ...named].flatMap((name) => [name, decoded(name)]));
}

function asWord(password: string): RegExp {
  const isLong = password.length >= LONG_LENGTH;
  const before = isLong || /^\W/.test(password) ? '' : '(?<![\\w.-])';
  const after = isLong || /\W$/.test(password) ? '' : '(?![\\w-]|\\.\\w)';
  return new RegExp(before + escaped(password) + after, 'g');
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w\s]/g, '\\$&');
}
