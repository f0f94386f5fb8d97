import type { ErrorRecord } from '../../../machines/run.ts';
import type { SchedulerWarning } from '../../scheduler-reports.ts';
import type { PluginReference } from '../../supervisor-config.ts';

export function lostWarning(error: ErrorRecord): SchedulerWarning {
  const message = `A plugin could not be loaded again after the supervisor thread was replaced, and does not run: ${error.message}`;
  return { code: 'plugin-lost', message, error };
}

/**
 * Plugins that had been running in an earlier supervisor thread, and that this one could not load. The threads that follow
 * try them again, until they are installed or uninstalled.
 */
export class LostPlugins {
  #references: readonly PluginReference[] = [];

  get references(): readonly PluginReference[] {
    return this.#references;
  }

  lose(references: readonly PluginReference[]): void {
    this.#references = references;
  }

  /** All with this name, one for each tenant and site. */
  named(name: string): readonly PluginReference[] {
    return this.#references.filter((reference) => reference.name === name);
  }

  /** It is installed again. */
  found(reference: PluginReference): void {
    this.#references = this.#references.filter((lost) => !isSameInstallation(lost, reference));
  }

  /** They are not wanted any more. */
  giveUp(name: string): void {
    this.#references = this.#references.filter((reference) => reference.name !== name);
  }
}

/** Whether both would load the same module for the same tenant and site. */
function isSameInstallation(a: PluginReference, b: PluginReference): boolean {
  return a.module === b.module && a.tenantId === b.tenantId && a.siteId === b.siteId;
}
