import { createUpkeepDesk } from '../../src/operator/upkeep-desk';

const ERASED = { documents: 1 } as never;
function desk(state: string | undefined) {
  const erased: string[] = [];
  const registry = {
    list: () => [],
    find: () => (state === undefined ? undefined : ({ state } as never)),
    rescan: () => Promise.resolve(),
  };
  const eraser = {
    erase: (key: string) => {
      erased.push(key);
      return Promise.resolve(ERASED);
    },
  };
  return { erased, desk: createUpkeepDesk(registry, eraser) };
}

test.each([undefined, 'disabled'])('what a plugin that is %s kept is erased', async (state) => {
  const { desk: upkeep, erased } = desk(state);
  expect([await upkeep.erase('acme.ci'), erased]).toEqual([ERASED, ['acme.ci']]);
});

test.each(['live', 'loading', 'failed'])('of one that is %s nothing is', async (state) => {
  const { desk: upkeep, erased } = desk(state);
  await expect(upkeep.erase('acme.ci')).rejects.toMatchObject({ code: 'plugin/still-served' });
  expect(erased).toEqual([]);
});

test('what is no key is no plugin', async () => {
  await expect(desk(undefined).desk.erase('acme')).rejects.toMatchObject({ code: 'plugin/unknown' });
});
