/** A whole number with thin spaces between its thousands. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** `1 run`, `2 runs` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** A size in binary units. */
export function bytes(value: number): string {
  const mebibytes = value / 1_048_576;
  return mebibytes < 1 ? `${Math.round(value / 1_024)} KiB` : `${mebibytes.toFixed(mebibytes < 10 ? 1 : 0)} MiB`;
}
