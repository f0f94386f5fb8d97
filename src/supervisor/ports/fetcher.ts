/** One HTTP request for a plugin, checked and permitted. */
export interface FetchOrder {
  readonly url: string;
  readonly method: string;
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** How long all of it may take, redirects and the body included; a timer can wait for so long. */
  readonly timeoutMs: number;
  /** Redirects are followed to these URLs only. */
  readonly allowedUrls: readonly string[];
  /** Whose it is: the orders of one owner wait for each other. */
  readonly owner: string;
}

export interface FetchAnswer {
  readonly status: number;
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body was longer, and this is its beginning. */
  readonly isTruncated: boolean;
}

/** Why there is no answer, to follow a colon. `denied`: it would have led where the plugin may not go. */
export interface FetchRefusal {
  readonly fault: 'denied' | 'failed';
  readonly reason: string;
}

export interface FetchUnderWay {
  /** Resolves in bounded time. Rejects only when whoever answers has died. */
  readonly answer: Promise<FetchAnswer | FetchRefusal>;
  cancel(): void;
}

/** Makes HTTP requests away from the supervisor thread, whose turns they must not take. */
export interface Fetcher {
  fetch(order: FetchOrder): FetchUnderWay;
  close(): Promise<void>;
}
