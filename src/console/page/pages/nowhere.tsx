import { Empty } from '../parts/empty.tsx';
import { tabAddress } from '../state/route.ts';

export function NowherePage() {
  return (
    <>
      <h1 class="unseen">No such page</h1>
      <Empty title="There is no such page.">
        Go to the <a href={tabAddress('overview')}>overview</a>.
      </Empty>
    </>
  );
}
