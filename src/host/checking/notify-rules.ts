/** The rules of who is told what, and of where runs check in. */
import { NOTICE_KINDS } from '../../machines/watching/notices.ts';
import { choice, objectOf, recordOf, text, whole } from './option-rules.ts';
import { valibot } from './valibot.ts';

const v = valibot();

const MAX_URL_LENGTH = 4_096;
const MAX_TARGETS = 32;
const URL_RULE = `an http: or https: URL without a user, of up to ${MAX_URL_LENGTH} characters`;
const CHECK_IN_RULE = `${URL_RULE}, with names such as {tenant} behind its host`;
const SECRET_RULE = 'a text of 16 to 512 characters, or "whsec_" and 24 to 64 bytes in Base64';
const HEADERS_RULE = 'an object of header names and texts, without those that the scheduler sets itself';
const WEBHOOK_OR_FUNCTION = '{ webhook } or { hostFunction }, or an array of these';
/** Headers that a webhook has already, or that belong to the connection. */
const OWN_HEADERS =
  /^(?:webhook-.*|content-type|content-length|host|connection|transfer-encoding|upgrade|expect|te|trailer)$/i;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,4096}$/;

const isUrl = (given: string): boolean => {
  const url = given.length <= MAX_URL_LENGTH ? URL.parse(given) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
};
/** A name in the place of a host would lead what the URL holds to a server of the tenant's choice, or be no URL at all. */
const isCheckInUrl = (given: string): boolean => isUrl(given) && !/[{}]/.test(new URL(given).host);
const isSecret = (given: string): boolean => {
  if (!given.startsWith('whsec_')) return given.length >= 16 && given.length <= 512;
  const encoded = given.slice('whsec_'.length);
  const { length } = Buffer.from(encoded, 'base64');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) && length >= 24 && length <= 64;
};
const areHeaders = (given: Readonly<Record<string, string>>): boolean =>
  Object.entries(given).every(
    ([name, value]) => HEADER_NAME.test(name) && !OWN_HEADERS.test(name) && HEADER_VALUE.test(value),
  );

const timeoutMs = v.optional(whole(1, 600_000));
const url = v.pipe(v.string(URL_RULE), v.check(isUrl, URL_RULE));
const on = v.optional(
  v.pipe(v.array(choice(NOTICE_KINDS), 'an array of kinds'), v.minLength(1, 'an array with at least one kind')),
);

const webhookTarget = objectOf({
  webhook: url,
  secret: v.optional(v.pipe(v.string(SECRET_RULE), v.check(isSecret, SECRET_RULE))),
  headers: v.optional(v.pipe(recordOf(v.string(HEADERS_RULE), HEADERS_RULE), v.check(areHeaders, HEADERS_RULE))),
  timeoutMs,
  on,
});
const functionTarget = objectOf({ hostFunction: text('the name of a host function,', 256), timeoutMs, on });

const target = v.lazy((given) => {
  if (typeof given !== 'object' || given === null) return v.never(WEBHOOK_OR_FUNCTION);
  if ('webhook' in given) return webhookTarget;
  return 'hostFunction' in given ? functionTarget : v.never(WEBHOOK_OR_FUNCTION);
});
const checkIn = objectOf({
  url: v.pipe(v.string(CHECK_IN_RULE), v.check(isCheckInUrl, CHECK_IN_RULE)),
  style: v.optional(choice(['healthchecks', 'cronitor', 'plain'])),
  schedule: v.optional(text('the id of a schedule,', 128)),
});

const oneOrSeveral = <S extends typeof target | typeof checkIn>(
  schema: S,
  form: typeof webhookTarget | typeof checkIn,
  rule: string,
) => ({
  ...v.lazy((given) =>
    Array.isArray(given)
      ? v.pipe(v.array(schema, rule), v.maxLength(MAX_TARGETS, `at most ${MAX_TARGETS} of them`))
      : schema,
  ),
  // From here an error learns which fields there are.
  wrapped: { entries: form.pipe[2].entries, item: form },
});

export const notifyOption = oneOrSeveral(target, webhookTarget, WEBHOOK_OR_FUNCTION);
export const checkInOption = oneOrSeveral(checkIn, checkIn, 'an object with url, or an array of these');
