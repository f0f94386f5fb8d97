import type { ScheduledRunContext } from '../plugin.ts';
import type { PluginDeclaration, PluginSource } from './protocol.ts';

/** A plugin as it is loaded in one thread, whatever it is written in. Runs are called one at a time. */
export interface Guest {
  /** What the plugin says of itself, unchecked. Rejects with a `PluginLoadError`. */
  declare(): Promise<PluginDeclaration>;
  /** Resolves when the run has succeeded, and rejects with what the plugin threw. The plugin's result is dropped. */
  run(ctx: ScheduledRunContext): Promise<void>;
  /** Called once, before the thread ends. Rejects with what the plugin threw. */
  cleanup(): Promise<void>;
}

/** Loads a plugin. Rejects with a `PluginLoadError`. */
export type OpenGuest = (source: PluginSource) => Promise<Guest>;
