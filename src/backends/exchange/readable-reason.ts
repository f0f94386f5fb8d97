import { reasonOf } from '../../wire/error-record.ts';

/** Why a driver's call failed: on one line, and without the passwords in the URL that the driver was given. */
export function readableReason(thrown: unknown, url: string): string {
  const [firstLine = ''] = reasonOf(mostTelling(thrown)).split('\n');
  return passwordsIn(url)
    .reduce((text, password) => text.replaceAll(password, '***'), firstLine)
    .replace(/\.$/, '');
}

/** When every address of a host refuses, the driver's error says nothing, but the errors in it do. */
function mostTelling(thrown: unknown): unknown {
  return thrown instanceof AggregateError && thrown.errors.length > 0 ? mostTelling(thrown.errors[0]) : thrown;
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
