/**
 * Piscina describes its threads to the balancer with objects that it makes anew for each task, and whose literal has
 * accessors. V8 gives each such object a hidden class of its own, among the old objects. It keeps what its object refers
 * to until the next full collection, and with it much of what a run has made. The accessors read the thread as it is, so
 * the first description of a thread is as good as any later one, and takes its place.
 */
export function keepView(view: object): void {
  for (const symbol of Object.getOwnPropertySymbols(view)) {
    const described: unknown = Reflect.get(view, symbol);
    if (typeof described === 'object' && described !== null && 'interface' in described) {
      Object.defineProperty(described, 'interface', { value: view });
    }
  }
}
