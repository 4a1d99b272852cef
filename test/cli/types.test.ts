import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { MountTable } from '../../src/core/mount-table';
import { createDescriptions } from '../../src/openapi/descriptions';
import { endpoint, keyOf } from '../http/gateway-under-test';
import { mountOf, PARTS, run as nothing, seat } from '../openapi/described';
import { startOperatorHost, TOKEN, type OperatorHost } from '../operator/operator-host';
import { PlainRegistry, pluginStatus } from '../operator/plain-registry';
import { run } from './command-line';

let host: OperatorHost;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-types-'));
  const table = new MountTable();
  const schema = { params: z.object({ id: z.number() }), summary: 'One \u001b[31mbuild' };
  seat(table, mountOf('acme.ci', endpoint('GET', '/builds/:id', nothing, { schema })));
  const key = keyOf('acme.down');
  table.vacate(key, { key, why: 'failed' });
  host = await startOperatorHost(
    new PlainRegistry([pluginStatus('acme.ci'), pluginStatus('acme.down')]),
    undefined,
    undefined,
    { descriptions: createDescriptions({ ...PARTS, table }) },
  );
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const local = (argv: string[]) => run(['types', ...argv, '--data', host.data], { cwd: folder });
const remote = (argv: string[]) =>
  run(['types', ...argv, '--url', host.url, '--token', TOKEN], { cwd: folder });

describe.each([
  ['through the local socket', local],
  ['at an address', remote],
])('types, %s', (_, ask) => {
  test('are printed alone, ready to be written to a file', async () => {
    const { exitCode, out, err } = await ask(['acme.ci']);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain('export interface paths {');
    expect(out).toContain('"/api/plugin/acme.ci/builds/{id}": {');
    expect(out).toContain('id: number;');
    expect(out).not.toContain('\u001b');
  });

  test('are written where --out says', async () => {
    const { exitCode, out, err } = await ask(['acme.ci', '--out', 'ci.d.ts']);
    expect([exitCode, out, err]).toEqual([0, '', 'ci.d.ts has the types of acme.ci\n']);
    expect(readFileSync(path.join(folder, 'ci.d.ts'), 'utf8')).toBe((await ask(['acme.ci'])).out);
  });

  test('come as JSON for programs', async () => {
    const { out } = await ask(['acme.ci', '--json']);
    expect(JSON.parse(out)).toEqual({ plugin: 'acme.ci', types: (await ask(['acme.ci'])).out });
  });

  test('of what is not known, or serves nothing, are none', async () => {
    const unknown = await ask(['acme.none']);
    expect([unknown.exitCode, unknown.out]).toEqual([1, '']);
    expect(unknown.err).toContain('acme.none');
    const down = await ask(['acme.down']);
    expect([down.exitCode, down.out]).toEqual([1, '']);
    expect(down.err).toContain('acme.down');
  });

  test('that cannot be written fail, and say where', async () => {
    const { exitCode, err } = await ask(['acme.ci', '--out', 'no/such/folder/x.d.ts']);
    expect(exitCode).toBe(1);
    expect(err).toContain('no/such/folder');
  });
});
