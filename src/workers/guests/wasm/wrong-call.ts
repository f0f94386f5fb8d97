import { GuestTrapError } from '../../../wire/guests/guest-errors.ts';

/** What a guest gets that calls the host in a way that no guest may. */
export function wrongCall(call: string, why: string): GuestTrapError {
  return new GuestTrapError('invalid-host-call', `it called ${call}(), but ${why}`);
}
