/**
 * Signs webhooks by the scheme of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over the id, the
 * time of the attempt and the body, which the receiver computes again with the secret that both know.
 */
import { createHash, createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** A secret as bytes: Base64 after `whsec_`, any other text as it is. */
export function secretBytes(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
}

export interface Signed {
  readonly id: string;
  /** When it is sent, seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** The value of the header `webhook-signature`. */
export function signatureOf({ id, timestamp, body }: Signed, secret: Buffer): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** An id for something that may be sent again: the same for the same text, whoever sends it, in letters and digits. */
export function idOf(text: string): string {
  return `msg_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
