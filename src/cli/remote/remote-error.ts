/** A running scheduler could not be asked, or said no. The message is a sentence, with what to do next. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** How the command ends: see `exit-codes.ts`. */
  readonly exitCode: number;
  /** What the scheduler answered with; absent if it did not answer. */
  readonly status?: number;

  constructor(
    exitCode: number,
    message: string,
    { status, ...options }: ErrorOptions & { readonly status?: number } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
    if (status !== undefined) this.status = status;
  }
}
