/**
 * The keys and descriptions of all schedules as a search sees them. They are in few long texts and not in an object each:
 * a search reads them from one end to the other, instead of following several references to every schedule.
 */
import type { Slicer } from '../../ports/slicer.ts';
import type { LiveSchedule } from '../../schedules/live-schedule.ts';

/** How many schedules are in one text: it is searched in a fraction of a millisecond. */
const BLOCK = 512;
/** Ends each key and each description. A needle that has it is found nowhere. */
const END = '\0';

interface Block {
  readonly schedules: readonly LiveSchedule[];
  readonly text: string;
  /** Where in the text what belongs to each schedule ends. */
  readonly ends: Uint32Array;
}

export class SearchIndex {
  readonly #blocks: readonly Block[];

  private constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
  }

  static async of(schedules: readonly LiveSchedule[], slicer: Slicer): Promise<SearchIndex> {
    const blocks: Block[] = [];
    for (let from = 0; from < schedules.length; from += BLOCK) {
      blocks.push(blockOf(schedules.slice(from, from + BLOCK)));
      await slicer.pause();
    }
    return new SearchIndex(blocks);
  }

  /** The schedules with this in their key or description, in any case. They keep their order. */
  async find(needle: string, slicer: Slicer): Promise<LiveSchedule[]> {
    const found: LiveSchedule[] = [];
    if (needle.includes(END)) return found;
    const wanted = folded(needle);
    for (const block of this.#blocks) {
      findIn(block, wanted, found);
      await slicer.pause();
    }
    return found;
  }
}

function blockOf(schedules: readonly LiveSchedule[]): Block {
  const ends = new Uint32Array(schedules.length);
  let text = '';
  for (const [index, { definition }] of schedules.entries()) {
    text += `${folded(definition.key)}${END}${folded(definition.declared.description ?? '')}${END}`;
    ends[index] = text.length;
  }
  return { schedules, text, ends };
}

function findIn({ schedules, text, ends }: Block, wanted: string, found: LiveSchedule[]): void {
  let index = 0;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, ends[index - 1])) {
    while ((ends[index] as number) <= at) index += 1;
    found.push(schedules[index] as LiveSchedule);
    index += 1;
    if (index === schedules.length) return;
  }
}

/** Upper case, because there the two small sigmas are one letter. */
function folded(text: string): string {
  return text.toUpperCase();
}
