import type { PlacedPlugin } from '../../src/plugins/placed-plugin';
import { toPluginStatus } from '../../src/plugins/plugin-status';
import { signatureRows } from '../../src/signatures/signature-rows';
import { endpointOf, mountOf } from '../core/plain-mount';

test('an endpoint tells which headers and secrets its sender is let in by', () => {
  const access = { signature: 'github', secret: 'KEY' };
  const mount = mountOf('acme.ci', [
    endpointOf('/hook', { method: 'POST', access }),
    endpointOf('/status', { access: 'public' }),
  ]);
  const live = { mount, generation: 1, scope: { open: [] }, leases: 0 };
  const found = { id: 'ci', place: '/p', folder: '/p', manifest: {}, from: 'file' };
  const placed = { live, found, key: mount.key, place: '/p', state: 'live', failure: undefined };
  const { endpoints } = toPluginStatus(
    placed as unknown as PlacedPlugin,
    () => false,
    (id) => signatureRows.find((row) => row.id === id),
  );
  expect(endpoints.map(({ headers, secretNames }) => ({ headers, secretNames }))).toEqual([
    { headers: ['X-Hub-Signature-256'], secretNames: ['KEY'] },
    { headers: undefined, secretNames: undefined },
  ]);
});
