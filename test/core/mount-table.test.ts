import { MountTable } from '../../src/core/mount-table';
import { aliasOf, endpointOf, keyOf, liveOf, mountOf } from './plain-mount';

const GLOBAL = '/api/webhook';
const listening = (key: string, generation = 1) =>
  liveOf(mountOf(key, [endpointOf('/github', { aliases: [aliasOf(GLOBAL, '/github')] })]), generation).live;

let table: MountTable;
beforeEach(() => {
  table = new MountTable();
});

test('an unknown key has no seat, names of Object.prototype included', () => {
  for (const key of ['acme.ci', '__proto__', 'constructor']) expect(table.get(key)).toBeUndefined();
});

test('swap seats the new generation and hands back the old one', () => {
  const [first, second] = [listening('acme.ci', 1), listening('acme.ci', 2)];
  expect(table.swap(keyOf('acme.ci'), first)).toBeUndefined();
  expect(table.swap(keyOf('acme.ci'), second)).toBe(first);
  expect(table.get('acme.ci')).toEqual({ live: second });
});

test('a vacated plugin is known and serves nothing; a removed one is as if it had never been', () => {
  const key = keyOf('acme.ci');
  const live = listening('acme.ci');
  table.swap(key, live);
  expect(table.vacate(key, { key, why: 'failed' })).toBe(live);
  expect(table.get(key)).toMatchObject({ live: undefined, absent: { why: 'failed' } });
  expect(table.remove(key)).toBeUndefined();
  expect(table.get(key)).toBeUndefined();
  expect(table.keys()).toEqual([]);
});

test('claimants of a base are ordered by key, whatever the order of loading', () => {
  for (const key of ['zeta.ci', 'acme.ci', 'mid.ci']) table.swap(keyOf(key), listening(key));
  expect(table.claimants(GLOBAL).map(({ key }) => key)).toEqual(['acme.ci', 'mid.ci', 'zeta.ci']);
  expect(table.hasBase(GLOBAL)).toBe(true);
  expect(table.claimants('/api/other')).toEqual([]);
});

test('a failed plugin still claims what it would serve, or at least its short addresses', () => {
  const key = keyOf('acme.ci');
  table.vacate(key, { key, why: 'failed', mount: listening('acme.ci').mount });
  expect(table.claimants(GLOBAL)).toEqual([{ key, live: undefined }]);
  table.vacate(key, { key, why: 'failed' });
  expect(table.claimants(GLOBAL)).toEqual([]);
  expect(table.claimants('/api/plugin/ci/webhook')).toEqual([{ key, live: undefined }]);
});

test('claims end with the generation that made them', () => {
  const key = keyOf('acme.ci');
  table.swap(key, listening('acme.ci'));
  table.swap(key, liveOf(mountOf('acme.ci', [endpointOf('/x')])).live);
  expect(table.hasBase(GLOBAL)).toBe(false);
  table.swap(key, listening('acme.ci'));
  table.remove(key);
  expect(table.hasBase(GLOBAL)).toBe(false);
});

test('listeners are told of each change, after it', () => {
  const seen: unknown[] = [];
  table.onChange((key, seat) =>
    seen.push([
      key,
      seat === undefined ? 'gone' : seat.live === undefined ? 'absent' : 'live',
      table.get(key) === seat,
    ]),
  );
  const key = keyOf('acme.ci');
  table.swap(key, listening('acme.ci'));
  table.vacate(key, { key, why: 'starting' });
  table.remove(key);
  expect(seen).toEqual([
    [key, 'live', true],
    [key, 'absent', true],
    [key, 'gone', true],
  ]);
});
