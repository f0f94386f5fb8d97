/** Something that is done over and over. */
export interface Rounds {
  /** Does it `count` times. */
  run(count: number): Promise<void>;
  /** Ends everything. Rejects when what was done does not add up. */
  close(): Promise<void>;
}

/** Does something `count` times, at most `width` at a time. `lane` is a number from 0 to `width` - 1. */
export async function inLanes(count: number, width: number, once: (lane: number) => Promise<void>): Promise<void> {
  let started = 0;
  const lanes = Array.from({ length: width }, async (_, lane) => {
    while (started < count) {
      started += 1;
      await once(lane);
    }
  });
  await Promise.all(lanes);
}
