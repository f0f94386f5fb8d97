/** Epoch milliseconds, for what people and browsers wait for: the length of a session, of a lock-out. */
export function nowMs(): number {
  return Date.now();
}
