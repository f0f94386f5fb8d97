/** What the URL of a check-in may have in the places of names. */
export interface CheckInNames {
  readonly plugin: string;
  readonly schedule: string;
  readonly tenant: string;
  readonly site: string;
}

const PLACES = /\{(plugin|schedule|tenant|site)\}/g;
/** The same, as a parser writes it in a path. */
const PARSED_PLACES = /%7B(plugin|schedule|tenant|site)%7D/g;
/** What every parser takes for a step within the path, whether it is encoded or not. */
const STEP = /^(?:\.|%2e){1,2}$/i;

/** Where a run checks in. Names of plugins and schedules are letters, digits and the like; the others may be any text. */
export function checkInPlace(url: string, names: CheckInNames): string {
  return url.replace(PLACES, (_, name: keyof CheckInNames) => encoded(names[name]));
}

/** Whether names make a segment of the path a step to another one, as `..` does, so that the URL would lead elsewhere. */
export function leadsElsewhere(url: string, names: CheckInNames): boolean {
  const fill = (segment: string): string =>
    segment.replace(PARSED_PLACES, (_, name: keyof CheckInNames) => encoded(names[name]));
  return new URL(url).pathname.split('/').some((segment) => STEP.test(fill(segment)));
}

function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}
