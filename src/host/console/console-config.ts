import type { NotifyConfig } from '../notify/notify-options.ts';

/** What the console's thread is started with: plain data that the host thread makes of its options. */
export interface ConsoleConfig {
  /** The TCP port; 0 is one that is free, and null none at all. */
  readonly port: number | null;
  /** The address that the port is opened on. */
  readonly host: string;
  /** The path of a Unix domain socket (a named pipe on Windows); null for none. */
  readonly socket: string | null;
  /** Whoever sends it may look and act; null if nobody has to. */
  readonly token: string | null;
  /** Whether nobody may act. */
  readonly isReadOnly: boolean;
  /** Of the package. */
  readonly version: string;
  readonly nodeId: string;
  /** The zone of schedules that do not name one. */
  readonly timezone: string;
  /** Whom to tell what; null: nobody, and nothing checks in anywhere. */
  readonly notify: NotifyConfig | null;
}

/** Where a console listens. */
export interface ConsoleAddress {
  /** `http://127.0.0.1:8080`, without a slash at the end; null without a port. */
  readonly url: string | null;
  /** The path of its socket; null without one. */
  readonly socket: string | null;
}
