/**
 * A report of sales: reads a table of regions and amounts, and keeps the sum of each region.
 *
 * The table is CSV, `region,amount` with a line of headings. It is looked for in `kv`, under the key that the schedule's
 * config names, and then in the config itself.
 */
import { Config, Host, LogLevel } from '@extism/as-pdk';
import { config, kvGet, kvSet, setError } from './host';
import { quoted, textField } from './json';

/** AssemblyScript calls it for a failed assertion. Without it the guest would import a function that nobody grants. */
function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  Host.log(LogLevel.Error, (message ? message : 'abort') + ' at ' + line.toString());
  unreachable();
}

export function name(): i32 {
  Host.outputString('sales-report');
  return 0;
}

export function schedules(): i32 {
  Host.outputString(
    '[{ "id": "nightly", "cron": "0 3 * * *", "timezone": "Europe/Paris", "missed_run_policy": "run_once",' +
      ' "config_json": "{\\"key\\":\\"sales.csv\\",\\"csv\\":\\"region,amount\\\\nnorth,1\\"}" }]',
  );
  return 0;
}

export function run(): i32 {
  const settings = config();
  const key = textField(settings, 'key');
  const kept = kvGet(key);
  const csv = kept == 'null' || kept == '' ? textField(settings, 'csv') : textField('{"v":' + kept + '}', 'v');
  const sums = sumByRegion(csv);
  if (sums.size == 0) return failed('the table has no rows');

  const regions = sums.keys().sort();
  let report = '{';
  for (let i = 0; i < regions.length; i++) {
    if (i > 0) report += ',';
    report += quoted(regions[i]) + ':' + sums.get(regions[i]).toString();
  }
  report += '}';
  Host.log(LogLevel.Info, (Config.get('title') || 'Sales') + ': ' + report);
  if (!kvSet('report', report)) Host.log(LogLevel.Warn, 'the report could not be kept');
  return 0;
}

function sumByRegion(csv: string): Map<string, i64> {
  const sums = new Map<string, i64>();
  const lines = csv.split('\n');
  for (let i = 1; i < lines.length; i++) {
    const cells = lines[i].split(',');
    if (cells.length != 2) continue;
    const region = cells[0].trim();
    const before: i64 = sums.has(region) ? sums.get(region) : 0;
    sums.set(region, before + I64.parseInt(cells[1].trim()));
  }
  return sums;
}

function failed(reason: string): i32 {
  setError(reason);
  return 1;
}
