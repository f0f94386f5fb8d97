import { Refusal } from '../refusal.ts';

/** What a promise resolves to, or a refusal if it takes longer than this. */
export async function withinLimit<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const message = 'The scheduler has not answered in time: it may be very busy, or starting again.';
    timer = setTimeout(() => reject(new Refusal(503, 'no-answer', message)), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
