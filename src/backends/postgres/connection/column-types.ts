/** How the types of columns are read that our statements answer with. A type that is not here is text. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  /* boolean */ 16: (text) => text === 't',
  /* integer */ 23: Number,
  /* double precision */ 701: Number,
  /* json */ 114: (text) => JSON.parse(text) as unknown,
  /* jsonb */ 3802: (text) => JSON.parse(text) as unknown,
};

/** For the driver, in place of its parsers, which the program can change for all its pools. */
export const COLUMN_TYPES = {
  getTypeParser: (oid: number): ((text: string) => unknown) => PARSERS[oid] ?? String,
};
