/**
 * Names of time zones that are refused, with the zone that was probably meant. ICU reads some abbreviations as zones
 * that hardly anybody means: `BST` as Asia/Dhaka, `EST` as a zone without summer time.
 */
import { nearestWord } from '../did-you-mean.ts';

/** What people mean by an abbreviation, summer time included. The table is for suggestions: none of it is accepted. */
const MEANT: readonly (readonly [zone: string, abbreviations: string])[] = [
  ['UTC', 'UT Z'],
  ['Europe/London', 'BST'],
  ['Europe/Lisbon', 'WET WEST'],
  ['Europe/Berlin', 'CET CEST MET MEST MEZ MESZ'],
  ['Europe/Athens', 'EET EEST'],
  ['Europe/Moscow', 'MSK MSD'],
  ['Europe/Istanbul', 'TRT'],
  ['America/New_York', 'EST EDT ET'],
  ['America/Chicago', 'CST CDT CT'],
  ['America/Denver', 'MST MDT MT'],
  ['America/Los_Angeles', 'PST PDT PT'],
  ['America/Anchorage', 'AKST AKDT'],
  ['America/Halifax', 'AST ADT'],
  ['America/St_Johns', 'NST NDT CNT'],
  ['America/Phoenix', 'PNT'],
  ['America/Puerto_Rico', 'PRT'],
  ['America/Indiana/Indianapolis', 'IET'],
  ['America/Argentina/Buenos_Aires', 'ART AGT'],
  ['America/Sao_Paulo', 'BRT BRST'],
  ['America/Santiago', 'CLT CLST'],
  ['America/Bogota', 'COT'],
  ['America/Guayaquil', 'ECT'],
  ['Africa/Johannesburg', 'SAST'],
  ['Africa/Maputo', 'CAT'],
  ['Africa/Nairobi', 'EAT'],
  ['Africa/Lagos', 'WAT'],
  ['Asia/Kolkata', 'IST'],
  ['Asia/Karachi', 'PKT PLT'],
  ['Asia/Dhaka', 'BDT'],
  ['Asia/Yerevan', 'AMT NET'],
  ['Asia/Dubai', 'GST'],
  ['Asia/Bangkok', 'ICT'],
  ['Asia/Jakarta', 'WIB'],
  ['Asia/Ho_Chi_Minh', 'VST'],
  ['Asia/Shanghai', 'CTT'],
  ['Asia/Hong_Kong', 'HKT'],
  ['Asia/Singapore', 'SGT'],
  ['Asia/Manila', 'PHT PHST'],
  ['Asia/Tokyo', 'JST'],
  ['Asia/Seoul', 'KST'],
  ['Australia/Sydney', 'AEST AEDT AET'],
  ['Australia/Adelaide', 'ACST ACDT ACT'],
  ['Australia/Perth', 'AWST'],
  ['Pacific/Auckland', 'NZST NZDT'],
  ['Pacific/Honolulu', 'HST HDT'],
  ['Pacific/Pago_Pago', 'SST'],
  ['Pacific/Apia', 'MIT'],
];

const zoneOfAbbreviation = new Map(
  MEANT.flatMap(([zone, abbreviations]) => abbreviations.split(' ').map((abbreviation) => [abbreviation, zone])),
);

/** Names of three letters that are zones and not abbreviations: universal time, China, Taiwan and Korea. */
const SHORT_NAMES = new Set(['UTC', 'UCT', 'GMT', 'PRC', 'ROC', 'ROK']);

/** Present names of zones that ICU lists under older ones, so that it would not suggest them. */
const RENAMED = [
  'Africa/Asmara',
  'America/Argentina/Buenos_Aires',
  'America/Indiana/Indianapolis',
  'America/Nuuk',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'Europe/Kyiv',
  'Pacific/Chuuk',
  'Pacific/Kanton',
  'Pacific/Pohnpei',
];

/** Whether a name reads as an abbreviation, whatever ICU makes of it. */
export function isAbbreviation(name: string): boolean {
  const upper = name.toUpperCase();
  return zoneOfAbbreviation.has(upper) || (/^[A-Z]{3}$/.test(upper) && !SHORT_NAMES.has(upper));
}

/** Why a name is refused, to follow the name: `is unknown: did you mean "Europe/Paris"?`. */
export function zoneProblem(name: string): string {
  const what = isAbbreviation(name) ? 'is an abbreviation, which can mean several zones' : 'is unknown';
  const meant = zoneOfAbbreviation.get(name.toUpperCase()) ?? offsetZone(name) ?? similarZone(name);
  if (meant === undefined) return `${what}: it must be an IANA zone such as "Europe/Paris" or "UTC"`;
  return `${what}: did you mean "${meant}"?`;
}

/** The zone of an offset in whole hours. The signs of these names are turned round: `Etc/GMT-2` is ahead of UTC. */
function offsetZone(name: string): string | undefined {
  const match = /^(?:UTC|GMT)?([+-])0?(\d{1,2})(?::?00)?$/i.exec(name);
  if (match === null) return undefined;
  const [, sign, hours] = match;
  if (Number(hours) === 0) return 'UTC';
  const isReal = Number(hours) <= (sign === '+' ? 14 : 12);
  return isReal ? `Etc/GMT${sign === '+' ? '-' : '+'}${hours}` : undefined;
}

/** The zone of the same city, or else the one with the nearest name. */
function similarZone(name: string): string | undefined {
  if (/[+\d]/.test(name)) return undefined;
  const zones = ['UTC', ...RENAMED, ...Intl.supportedValuesOf('timeZone')];
  const city = cityOf(name);
  return zones.find((zone) => cityOf(zone) === city) ?? nearestWord(name, zones);
}

function cityOf(zone: string): string {
  return zone
    .slice(zone.lastIndexOf('/') + 1)
    .replace(/[\s_-]/g, '')
    .toLowerCase();
}
