/** One campaign of growth.ts, in a process of its own. Arguments: the campaign and the count. It sends each tenth. */
import { CAMPAIGNS } from './growth/campaigns.ts';
import { runInTenths } from './growth/tenths.ts';
import { leastOf } from './growth/verdict.ts';

// Threads of piscina that start do not keep a process alive.
process.channel?.ref();
const [name = '', count = ''] = process.argv.slice(2);
const { [name]: campaign } = CAMPAIGNS;
if (campaign === undefined) throw new Error(`there is no campaign "${name}"`);
const rounds = await campaign.start();
await rounds.run(campaign.warmUpCount ?? 0);
await runInTenths(rounds, Number(count), (samples) => process.send?.(leastOf(samples)));
await rounds.close();
process.disconnect();
