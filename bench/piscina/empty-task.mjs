/** JavaScript, so that no stripping of types is in the figures. */
export function nothing() {}
