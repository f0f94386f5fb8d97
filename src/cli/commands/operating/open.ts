import type { Command } from '../../command.ts';
import { EXIT_DONE, EXIT_FAILED } from '../../exit-codes.ts';
import { ownAddress } from '../../input/console-options.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { noWords } from '../../input/words.ts';
import type { RemoteScheduler } from '../../remote/remote-scheduler.ts';

/** `escapement open`: the page of a running scheduler, in the browser. */
export const openCommand: Command = {
  name: 'open',
  parameters: '',
  summary: 'open the console of a running scheduler in the browser',
  options: {
    print: { type: 'boolean', help: 'print the address, and open nothing' },
    ...REMOTE_OPTIONS,
  },
  details: [
    'The page asks for the token, if there is one: it is not part of the address.',
    ...remoteHelp({ exitCodes: '1 if the console listens on a socket only, or no browser was found' }),
  ],
  run: async (args, terminal) => {
    noWords(args, 'open');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const { openBrowser } = await import('../../remote/browser.ts');
    const address = await addressOf(await remoteScheduler(args));
    terminal.result(args.values['json'] === true ? JSON.stringify({ url: address }, null, 2) : address);
    if (args.values['print'] === true || (await openBrowser(address))) return EXIT_DONE;
    terminal.notice('No program was found that opens it: open this address in a browser.');
    return EXIT_FAILED;
  },
};

/** @throws RemoteError if a browser cannot go there. */
async function addressOf(remote: RemoteScheduler): Promise<string> {
  const { RemoteError } = await import('../../remote/remote-error.ts');
  const { webAddress } = await import('../../remote/browser.ts');
  // Asked also if the address is known: a browser that shows nothing says less than this command.
  const { url } = await remote.session();
  const { place } = remote;
  const address = webAddress(place.page ?? ownAddress(url ?? ''));
  if (address !== null) return address;
  const advice = 'Start it with a port, as escapement run --console does, or name its address with --url';
  throw new RemoteError(EXIT_FAILED, `The console at ${place.text} says no address for a browser. ${advice}.`);
}
