import { spawnSync } from 'node:child_process';
import path from 'node:path';
import winston from 'winston';
import { z } from 'zod';
import type { Declaration, Endpoint } from '../../src/core/declaration';
import { LiveMount } from '../../src/core/live-mount';
import { buildMount, type Mount } from '../../src/core/mount';
import type { MountTable } from '../../src/core/mount-table';
import { Scope } from '../../src/core/scope';
import type { OpenApi } from '../../src/openapi/open-api';
import { describePlugin, type DescriptionParts } from '../../src/openapi/plugin-description';
import { endpoint, keyOf, oldAddresses, router } from '../http/gateway-under-test';

export const PARTS: DescriptionParts = {
  publicUrl: undefined,
  rowOf: (id) =>
    id === 'github'
      ? ({
          ...{ id, title: 'GitHub', kind: 'hmac', key: { encoding: 'utf8' }, signed: ['body'] },
          signature: { from: { header: 'X-Hub-Signature-256' }, parse: 'whole', encoding: 'hex' },
          ...{ delivery: [], event: [] },
        } as const)
      : undefined,
};

export function mountOf(key: string, ...declarations: Declaration[]): Mount {
  const [author = '', module = ''] = key.split('.');
  const info = { author, module, name: `The ${module}`, version: '1.2.3', description: 'For tests.' };
  return buildMount(keyOf(key), info, declarations);
}

export function describe_(...declarations: Declaration[]): OpenApi {
  return describePlugin(mountOf('acme.ci', ...declarations), PARTS);
}

export function seat(table: MountTable, mount: Mount, generation = 1): LiveMount {
  const live = new LiveMount(
    mount,
    generation,
    new Scope(),
    winston.createLogger({ silent: true }),
    (stack) => stack,
  );
  table.swap(mount.key, live);
  return live;
}

export const run = () => undefined;

/** What is wrong with each document, as a validator of OpenAPI 3.1 sees it. */
export function judged(...documents: readonly unknown[]): unknown[] {
  return JSON.parse(piped('openapi-judge.mjs', JSON.stringify(documents))) as unknown[];
}

/** What openapi-typescript writes of a document. */
export function otherTypes(document: unknown): string {
  return piped('openapi-types.mjs', JSON.stringify(document));
}

function piped(script: string, input: string): string {
  const file = path.join(__dirname, '../support', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const Address = z.object({ street: z.string(), zip: z.string().optional() }).meta({ id: 'Address' });
const User = z
  .object({
    name: z.string().min(1).default('nobody'),
    address: Address.nullable(),
    born: z.date().optional(),
  })
  .meta({ id: 'User', description: 'Somebody */ with a name' });
interface Tree {
  value: number;
  children: Tree[];
}
const Tree: z.ZodType<Tree> = z.object({
  value: z.number(),
  get children() {
    return z.array(Tree);
  },
});

/** A plugin that uses everything a document can tell. */
export function everything(): Endpoint[] {
  const signed = { signature: 'github', secret: 'S' } as const;
  return [
    endpoint('GET', '/users/:id', run, {
      title: 'A user',
      schema: {
        params: z.object({ id: z.coerce.number().int() }),
        query: z.object({ tag: z.array(z.string()).optional(), limit: z.number().max(10).default(5) }),
        headers: z.object({ 'x-trace': z.string().optional(), accept: z.string().optional() }),
        response: User,
        errors: { 404: { description: 'No such user.' }, 418: { description: 'Tea.', schema: Address } },
        tags: ['users'],
      },
    }),
    endpoint('PUT', '/users/:name', run, { schema: { body: User, response: User, status: 201 } }),
    endpoint('DELETE', '/users/:id', run, { access: 'operator', schema: { status: 204, deprecated: true } }),
    endpoint('POST', '/trees', run, {
      schema: { body: Tree, response: z.array(Tree), summary: 'Grow' },
      access: { token: { header: 'X-Key' }, secret: 'S' },
      description: 'Grows.',
    }),
    endpoint('POST', '/upload', run, {
      body: {
        kind: 'multipart',
        files: { photo: { required: true, types: ['image/png'], maxBytes: 10 }, more: { maxCount: 3 } },
      },
      schema: { fields: z.object({ title: z.string(), size: z.number().optional() }) },
      access: { token: { query: 'key' }, secret: 'S' },
    }),
    endpoint('POST', '/form', run, { body: { kind: 'form', fields: { a: { required: true } } } }),
    endpoint('POST', '/raw', run, { body: { kind: 'raw' }, access: { basic: {}, secret: 'S' } }),
    endpoint('POST', '/json', run, { body: { kind: 'json' }, access: { signedUrl: true } }),
    endpoint('POST', '/hook', run, {
      access: [signed, { allowFrom: ['10.0.0.0/8'] }, { token: { header: 'Authorization' }, secret: 'T' }],
      answer: 'accept',
      quotas: { perAddress: { requests: 1, perMs: 1000 } },
    }),
    endpoint('POST', '/soon', run, { answer: { ackWithinMs: 100 }, idempotency: { required: true } }),
    endpoint('ALL', '/any/*rest', run),
    endpoint('GET', '/live', run, { serve: { connect: run, limits: {} } }),
    endpoint('POST', '/old', run, {
      isWebhook: true,
      yields: true,
      aliases: oldAddresses('acme.ci', '/old'),
      successor: '/api/plugin/acme.ci/new',
    }),
    {
      ...router('/', () => undefined),
      serve: {
        ...router('/', () => undefined).serve,
        router: (() => undefined) as never,
        owns: () => false,
        routes: () => [
          { method: 'GET', path: '/' },
          { method: 'GET', path: '' },
          { method: 'GET', path: '/pages/:page' },
          { method: 'ALL', path: '/files/*path' },
          { method: 'GET', path: '/users/:id' },
          { method: 'GET', path: '/docs' },
          { method: 'HEAD', path: '/headers' },
        ],
      },
    },
  ];
}
