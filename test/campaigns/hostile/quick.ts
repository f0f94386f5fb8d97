/** The scenarios that the tests run: quick ones, which pass also on a machine that is busy. Add what has become safe. */
export const QUICK: readonly string[] = [];
