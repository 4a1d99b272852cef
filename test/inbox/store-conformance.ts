import { accepting } from './conformance/accepting';
import { hosts } from './conformance/hosts';
import { lanes } from './conformance/lanes';
import type { StoreUnderTest } from './conformance/operations';
import { together } from './conformance/together';
import { working } from './conformance/working';

/**
 * What every store promises. `open` gives an empty one, with `second` to open another on the same database: for a store
 * of one host (`hosts: false`) there is none.
 */
export function conformance(
  name: string,
  open: () => Promise<StoreUnderTest>,
  options: { readonly hosts: boolean } = { hosts: true },
): void {
  describe(`the store on ${name}`, () => {
    let opened: StoreUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const current = () => opened;
    accepting(current);
    working(current);
    lanes(current);
    together(current);
    if (options.hosts) hosts(current);
  });
}
