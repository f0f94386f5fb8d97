/** The config of a schedule, by its index, is not as the plugin's schema wants it. */
export interface ConfigProblem {
  readonly index: number;
  /** To follow the schedule's name: `config.path is invalid: …`. */
  readonly problem: string;
}
