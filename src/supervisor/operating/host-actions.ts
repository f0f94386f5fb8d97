import type { ParamsOf } from '../../wire/questions.ts';
import type { SupervisorRequests } from '../protocol.ts';
import type { PluginReference } from '../supervisor-config.ts';
import type { OperatorActions } from './actions.ts';

/** How the audit trail calls the process that the scheduler is embedded in. */
const by = 'host';

type Params<M extends keyof SupervisorRequests> = ParamsOf<SupervisorRequests, M>;

/** What the host does, as it asks for it: it does not say who it is. */
export class HostActions {
  readonly #actions: OperatorActions;

  constructor(actions: OperatorActions) {
    this.#actions = actions;
  }

  readonly trigger = (params: Params<'trigger'>) => this.#actions.trigger({ ...params, by });
  readonly triggerWhenRecorded = (params: Params<'trigger'>) => this.#actions.triggerWhenRecorded({ ...params, by });
  readonly pause = (params: Params<'pause'>) => this.#actions.pause({ ...params, by });
  readonly resume = (params: Params<'resume'>) => this.#actions.resume({ ...params, by });
  readonly setPosition = (params: Params<'setPosition'>) => this.#actions.setPosition({ ...params, by });
  readonly abort = (params: Params<'abort'>) => this.#actions.abort({ ...params, by });
  readonly install = (reference: PluginReference) => this.#actions.install(reference, { by });
  readonly reload = (params: Params<'reload'>) => this.#actions.reload({ ...params, by });
  readonly uninstall = (params: Params<'uninstall'>) => this.#actions.uninstall({ ...params, by });
  readonly drain = (params: Params<'drain'>) => this.#actions.drain({ ...params, by });
}
