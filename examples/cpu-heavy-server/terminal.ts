import { once } from 'node:events';
import { stdout } from 'node:process';
import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Colours the text if the output is a terminal that wants colours. */
export function paint(style: Style, text: string): string {
  const isWanted = stdout.isTTY && !process.env['NO_COLOR'];
  return isWanted ? styleText(style, text, { validateStream: false }) : text;
}

export function say(...lines: readonly string[]): void {
  stdout.write(`${lines.join('\n')}\n`);
}

/** Aborted by the first Ctrl-C; the second ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupted = (): void => {
    if (controller.signal.aborted) process.exit(130);
    say('', paint('dim', 'Stopping. Press Ctrl-C once more to end at once.'));
    controller.abort();
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return controller.signal;
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
