import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { writeTypes } from '../../src/openapi/type-writer';
import { endpoint } from '../http/gateway-under-test';
import { describe_, everything, otherTypes, run } from './described';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-types-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the compiler says of these files, by name; empty when nothing is wrong. */
function complaints(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const compiler = require.resolve('typescript/bin/tsc');
  const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022'];
  const { stdout } = spawnSync(process.execPath, [compiler, ...flags, ...Object.keys(files)], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout;
}

const tasks = describe_(
  endpoint('GET', '/tasks', run, {
    schema: {
      query: z.object({ done: z.boolean().optional(), tag: z.array(z.string()).optional() }),
      response: z.array(z.object({ id: z.number(), title: z.string() }).meta({ id: 'Task' })),
    },
  }),
  endpoint('GET', '/tasks/:id', run, {
    schema: {
      params: z.object({ id: z.number() }),
      response: z.object({ id: z.number(), title: z.string() }).meta({ id: 'Task' }),
    },
  }),
  endpoint('POST', '/tasks', run, {
    schema: {
      body: z.object({ title: z.string(), priority: z.enum(['low', 'high']).default('low') }),
      status: 201,
    },
  }),
);

describe('what openapi-typescript and our own writer make of a document', () => {
  test('is assignable to one another, whatever the document uses', () => {
    const rich = describe_(
      ...everything(),
      endpoint('POST', '/shapes', run, {
        schema: {
          body: z.object({
            tuple: z.tuple([z.string(), z.number()]),
            either: z.union([z.literal('a'), z.literal(2), z.null()]),
            record: z.record(z.string(), z.number()),
            loose: z.looseObject({ a: z.string() }),
            strict: z.strictObject({ 'odd name': z.string() }),
            both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })),
            empty: z.object({}),
            list: z.array(z.union([z.string(), z.number()])),
            anything: z.unknown(),
            nothing: z.never().optional(),
            kind: z.discriminatedUnion('kind', [
              z.object({ kind: z.literal('x'), x: z.string() }),
              z.object({ kind: z.literal('y') }),
            ]),
            when: z.date(),
            big: z.bigint(),
            quoted: z.enum(['"', "'", '\\', '*/', '\u2028']),
            __proto__x: z.string(),
          }),
        },
      }),
    );
    const said = complaints({
      'own.d.ts': writeTypes(rich),
      'other.d.ts': otherTypes(rich),
      'both.ts': `import type * as own from './own';
import type * as other from './other';
declare const a: own.paths; declare const b: other.paths;
export const c: other.paths = a; export const d: own.paths = b;
declare const e: own.components['schemas']; declare const f: other.components['schemas'];
export const g: other.components['schemas'] = e; export const h: own.components['schemas'] = f;
declare const i: own.components['responses']; declare const j: other.components['responses'];
export const k: other.components['responses'] = i; export const l: own.components['responses'] = j;
`,
    });
    expect(said).toBe('');
  }, 120_000);

  test('types a client of a plugin', () => {
    const files = { 'own.d.ts': writeTypes(tasks), 'other.d.ts': otherTypes(tasks) };
    const client = (name: string, text = CLIENT) => text.replace("'./api'", `'./${name}'`);
    expect(complaints({ ...files, 'a.ts': client('own'), 'b.ts': client('other') })).toBe('');
    const loose = CLIENT.replaceAll('// @ts-expect-error', '//');
    const said = complaints({ ...files, 'c.ts': client('own', loose), 'd.ts': client('other', loose) });
    expect(said.match(/^c\.ts\(\d+,\d+\): error TS\d+/gm)).toHaveLength(4);
    expect(said.match(/^d\.ts\(\d+,\d+\): error TS\d+/gm)).toHaveLength(4);
  }, 120_000);
});

/** A client of a few lines, in the manner of openapi-fetch. */
const CLIENT = `import type { components, paths } from './api';
type Get<P extends keyof paths> = paths[P] extends { get: infer G } ? G : never;
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : never;
type PathOf<O> = O extends { parameters: { path: infer P } } ? P : never;
type Json<O, S extends number> = O extends { responses: Record<S, { content: { 'application/json': infer T } }> } ? T : never;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer T } } } ? T : never;
declare function get<P extends keyof paths>(path: P, query: Query<Get<P>>): Json<Get<P>, 200>;
declare function post(body: Body<paths['/api/plugin/acme.ci/tasks']['post']>): void;
declare function at(path: PathOf<Get<'/api/plugin/acme.ci/tasks/{id}'>>): components['schemas']['Task'];

const titles: string[] = get('/api/plugin/acme.ci/tasks', { done: true, tag: ['a'] }).map((task) => task.title);
post({ title: 'x' });
post({ title: titles[0] ?? '', priority: 'high' });
const one: number = at({ id: 1 }).id;
// @ts-expect-error a number
at({ id: '1' });
// @ts-expect-error no such priority
post({ title: 'x', priority: 'urgent' });
// @ts-expect-error the title is missing
post({});
// @ts-expect-error no such path
get('/api/plugin/acme.ci/nowhere', {});
export { one };
`;

describe('a comment', () => {
  test('does not end where the author of a plugin wants it to', () => {
    const document = describe_(
      endpoint('GET', '/x', run, { description: 'a */ export const pwned = 1; /* b' }),
    );
    const types = writeTypes(document);
    expect(types).toContain('a * / export const pwned = 1; /* b');
    expect(types).not.toContain('a */');
  });
});
