/** What Postgres keeps of a name, in bytes. */
const MAX_LENGTH = 63;

/** How a server lists the connections of a node: printable ASCII without spaces, which every server takes. */
export function connectionName(nodeId: string | undefined): string {
  return (nodeId === undefined ? 'escapement' : `escapement:${nodeId}`).replaceAll(/[^!-~]/g, '?').slice(0, MAX_LENGTH);
}
