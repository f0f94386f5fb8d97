/**
 * What happens in the scheduler, as it happens: one stream of server-sent events for the whole page, with the topics
 * that its parts want now. It is read with `fetch`, which says why it is refused.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { OperatorEvent, OperatorTopic } from '../../../supervisor/operator-protocol.ts';
import { eventReader } from './event-reader.ts';
import { questionPath, send } from './request.ts';

interface Listener {
  readonly topics: readonly OperatorTopic[];
  readonly heard: (event: OperatorEvent) => void;
  readonly opened: () => void;
}

const RETRY_MS = 2_000;
const listeners = new Set<Listener>();
let open: { readonly topics: string; readonly controller: AbortController } | null = null;
let isSettling = false;

/**
 * Calls `heard` with each event of these topics. `opened` is called when the stream begins, and begins anew: what
 * happened before is not told.
 */
export function useEvents(
  topics: readonly OperatorTopic[],
  heard: (event: OperatorEvent) => void,
  opened: () => void = () => {},
): void {
  const latest = useRef({ heard, opened });
  latest.current = { heard, opened };
  const names = topics.join();
  useEffect(() => {
    const listener: Listener = {
      topics,
      heard: (event) => latest.current.heard(event),
      opened: () => latest.current.opened(),
    };
    listeners.add(listener);
    settleSoon();
    return () => {
      listeners.delete(listener);
      settleSoon();
    };
  }, [names]);
}

/** Parts come and go together: the stream is chosen once they have. */
function settleSoon(): void {
  if (isSettling) return;
  isSettling = true;
  queueMicrotask(() => {
    isSettling = false;
    settle();
  });
}

function settle(): void {
  const topics = [...new Set([...listeners].flatMap((listener) => listener.topics))].toSorted();
  if (open?.topics === topics.join()) return;
  open?.controller.abort();
  open = null;
  if (topics.length === 0) return;
  const controller = new AbortController();
  open = { topics: topics.join(), controller };
  keepReading(topics, controller.signal).catch(() => {});
}

async function keepReading(topics: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await read(topics, signal).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function read(topics: readonly string[], signal: AbortSignal): Promise<void> {
  const headers = { accept: 'text/event-stream' };
  const response = await send(questionPath('events', { topic: topics }), { signal, headers });
  if (response.body === null) return;
  for (const listener of [...listeners]) listener.opened();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const eventsOf = eventReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) return;
    for (const { type, data } of eventsOf(value)) tell(type, data);
  }
}

function tell(type: string, data: string): void {
  if (type === 'dropped') {
    // Something was not told: whoever shows something asks anew.
    for (const listener of [...listeners]) listener.opened();
    return;
  }
  for (const { topics, heard } of [...listeners]) {
    const topic = topics.find((name) => name === type);
    // The console sends what `OperatorEvent` says, under its type.
    if (topic !== undefined) heard({ type: topic, event: JSON.parse(data) } as OperatorEvent);
  }
}
