/** Who may look at the console, and who may act. Every way in has a gate of its own. */

export interface Visitor {
  /** How the audit trail calls them. */
  readonly name: string;
  /** Whether the visitor may do more than look. */
  readonly canAct: boolean;
}

export interface Gate {
  /**
   * Who asks; null if they are not let in, and a `Refusal` is thrown if they could not be let in whoever they are.
   * `address` is where the request came from, or empty if that is unknown.
   */
  admit(request: Request, address: string): Promise<Visitor | null>;
  /** How a person enters with a browser. Absent if the host, and not the console, signs people in. */
  readonly signIn?: SignIn;
}

export interface SignIn {
  /** The `Set-Cookie` header that lets the browser in, or null if the token is wrong. Throws a `Refusal` after too many. */
  attempt(token: string, address: string, isSecure: boolean): string | null;
  /** The `Set-Cookie` header that ends it. */
  readonly farewell: string;
}

/** Lets everybody in as the same visitor: the way in itself, such as the mode of a socket's file, says who they are. */
export function openGate(visitor: Visitor): Gate {
  return { admit: async () => visitor };
}
