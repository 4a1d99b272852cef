import { z } from 'zod';
import { MountTable } from '../../src/core/mount-table';
import { describeOperations } from '../../src/operator/operations/describe-operations';
import { createDescriptions } from '../../src/openapi/descriptions';
import { endpoint, keyOf, oldAddresses } from '../http/gateway-under-test';
import { judged, mountOf, PARTS, run, seat, everything } from './described';

async function whole(table: MountTable): Promise<any> {
  const { bytes } = await createDescriptions({
    ...PARTS,
    table,
    operations: describeOperations,
    publicUrl: 'https://x.example/gate/',
  }).ofHost();
  return JSON.parse(bytes.toString());
}
const hook = (key: string) => endpoint('POST', '/github', run, { aliases: oldAddresses(key, '/github') });

describe('the document of the whole host', () => {
  test('is valid, and holds every live plugin and the host’s own addresses', async () => {
    const table = new MountTable();
    seat(table, mountOf('acme.ci', ...everything()));
    seat(table, mountOf('acme.other', ...everything().map((one) => ({ ...one, aliases: [] }))));
    const gone = keyOf('acme.gone');
    table.vacate(gone, { key: gone, why: 'failed', mount: mountOf('acme.gone', hook('acme.gone')) });
    const document = await whole(table);
    expect(judged(document)).toEqual([[]]);
    const paths = Object.keys(document.paths);
    for (const path of [
      '/healthz',
      '/api/receipts/{id}',
      '/api/operator/plugins/{key}/reload',
      '/api/plugin/acme.ci/users/{id}',
      '/api/plugin/acme.other/users/{id}',
    ])
      expect(paths).toContain(path);
    expect(paths.filter((path) => path.includes('gone'))).toEqual([]);
    expect(document.tags.map(({ name }: { name: string }) => name)).toEqual([
      ...['host', 'operator', 'acme.ci', 'acme.other'],
    ]);
    expect(document.servers).toEqual([{ url: 'https://x.example/gate' }]);
    const ids = Object.values<any>(document.paths).flatMap((item) =>
      Object.values<any>(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  }, 60_000);

  test('tells schemas of one name apart by their plugin, and says the same ones once', async () => {
    const table = new MountTable();
    const shared = z.object({ a: z.string() }).meta({ id: 'Shared' });
    for (const key of ['acme.one', 'acme.two'])
      seat(
        table,
        mountOf(
          key,
          endpoint('POST', '/a', run, { schema: { body: shared } }),
          endpoint('POST', '/b', run, {
            schema: { body: z.object({ [key]: z.string() }).meta({ id: `${'Own'}` }) },
          }),
        ),
      );
    const { components } = await whole(table);
    expect(Object.keys(components.schemas)).toEqual(
      ['Own', 'ProblemDetails', 'Shared', 'ValidationProblem', 'acme_two_Own'].sort(),
    );
  });

  test('has the addresses that plugins share, short ones only where one plugin claims them', async () => {
    const table = new MountTable();
    seat(table, mountOf('acme.ci', hook('acme.ci')));
    const one = await whole(table);
    expect(one.paths['/api/webhook/github'].post).toMatchObject({ deprecated: true });
    expect(one.paths['/api/plugin/ci/webhook/github'].post).toMatchObject({ deprecated: true });
    seat(table, mountOf('other.ci', hook('other.ci')));
    const two = await whole(table);
    expect(two.paths['/api/webhook/github'].post.description).toContain('Every plugin');
    expect(two.paths['/api/plugin/ci/webhook/github']).toBeUndefined();
  });

  test('is made once, until a plugin changes', async () => {
    const table = new MountTable();
    seat(table, mountOf('acme.ci', endpoint('GET', '/a', run)));
    const descriptions = createDescriptions({ ...PARTS, table });
    const [first, again] = await Promise.all([descriptions.ofHost(), descriptions.ofHost()]);
    expect(again).toBe(first);
    expect(descriptions.ofPlugin('acme.ci')).toBe(descriptions.ofPlugin('acme.ci'));
    seat(table, mountOf('acme.ci', endpoint('GET', '/b', run)));
    expect((await descriptions.ofHost()).etag).not.toBe(first?.etag);
    expect(descriptions.typesOf('acme.ci')).toContain('"/api/plugin/acme.ci/b"');
  });
});
