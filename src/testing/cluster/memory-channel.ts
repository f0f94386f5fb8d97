import type { StoreNews } from '../../backends/shared-store/shared-backend.ts';

interface Ear {
  heard(text: string): void;
  lost(): void;
}

/** News, and the node that they are of. */
type SignedNews = StoreNews & { readonly by: string };

/** The channel of a database in memory, on which every node hears what any of them has written. */
export class MemoryChannel {
  readonly #ears = new Set<Ear>();

  join(ear: Ear): void {
    this.#ears.add(ear);
  }

  leave(ear: Ear): void {
    this.#ears.delete(ear);
  }

  send(text: string): void {
    for (const ear of this.#ears) ear.heard(text);
  }

  tell(news: SignedNews): void {
    this.send(JSON.stringify(news));
  }

  /** All sessions end, as when a server restarts. */
  reset(): void {
    const ears = [...this.#ears];
    this.#ears.clear();
    for (const ear of ears) ear.lost();
  }
}

export function newsIn(text: string): SignedNews {
  return JSON.parse(text) as SignedNews;
}
