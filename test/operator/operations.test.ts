import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { AuditEntry } from '../../src/core/ports/audit';
import { holdsScope, OPERATOR_SCOPES } from '../../src/core/scopes';
import { createAdminTools } from '../../src/operator/admin-tools';
import { StoredAuditLog } from '../../src/operator/audit-log';
import type { Operation } from '../../src/operator/operation';
import { describeOperations } from '../../src/operator/operations/describe-operations';
import { operations } from '../../src/operator/operations/operations';
import { StoredTokens } from '../../src/operator/tokens';
import { openDatabase, type DatabaseUnderTest } from '../state/each-database';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-operations-'));
const { logger } = keptLogger();
let database: DatabaseUnderTest;
let under: SecretsUnderTest;
let tokens: StoredTokens;
let audit: StoredAuditLog;
let host: OperatorHost;
const values = new Map<string, string>();
beforeAll(async () => {
  database = await openDatabase('sqlite', path.join(folder, 'inbox.db'));
  audit = new StoredAuditLog({ database: database.database, logger, keepMs: 86_400_000 });
  under = await openSecrets();
  tokens = new StoredTokens({ shared: under.database.shared, clock: { now: () => under.time }, logger });
  host = await startOperatorHost(undefined, undefined, under.secrets, { tokens, audit });
  for (const scope of [...OPERATOR_SCOPES, 'tools', 'app:x'])
    values.set(
      scope,
      (await tokens.create({ name: scope.replace(':', '-'), scopes: [scope] })).value.reveal(),
    );
});
afterAll(async () => {
  tokens.close();
  await host.close();
  await under.close();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask({ method, path: template }: Operation, token: string | undefined, query = '') {
  const at = template.replace(':key', 'acme.ci').replace(/:[A-Za-z]+/g, 'x-1');
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
  const response = await fetch(`${host.url}/api/operator${at}${query}`, {
    ...{ method, ...body },
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  const text = response.headers.get('content-type')?.includes('event-stream') ? '{}' : await response.text();
  await response.body?.cancel().catch(() => {});
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}
const newest = async (): Promise<AuditEntry | undefined> => (await audit.list({}, { limit: 1 })).items[0];
const named = operations.map((operation) => [operation.id, operation] as const);

describe.each(named)('%s', (_id, operation) => {
  test('is told completely: how it is answered, who may ask, what it takes and gives', () => {
    expect([operation.run, operation.serve].filter((one) => one !== undefined)).toHaveLength(1);
    expect(OPERATOR_SCOPES).toContain(operation.scope);
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(operation.id).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(operation.answer ?? operation.answerType).toBeDefined();
    if (operation.run !== undefined) expect(operation.answer).toBeInstanceOf(z.ZodType);
    if (operation.method !== 'GET') expect(operation.scope).not.toBe('read');
  });

  test('asks who it is before all else', async () => {
    expect(await ask(operation, undefined)).toMatchObject({
      status: 401,
      body: { code: 'request/unauthorized' },
    });
  });

  test('answers those who hold its scope, and tells the others which one it needs', async () => {
    for (const [scope, token] of values) {
      const { status, body } = await ask(operation, token);
      if (holdsScope([scope], operation.scope)) expect(body.code).not.toBe('operator/scope');
      else {
        expect([status, body.code]).toEqual([403, 'operator/scope']);
        expect(body.detail).toContain(`"${operation.scope}"`);
        expect(body.detail).toContain(operation.id);
      }
      // Its own, not what follows the table.
      expect(body.code).not.toBe('internal/unexpected');
    }
  });
});

/** Of deliveries that are handed on: one for each, and nothing of the host is another for it. */
const NO_CHANGES = ['pulls.answer'];
const isWritten = ({ id, method }: Operation) => method !== 'GET' && !NO_CHANGES.includes(id);

test.each(named.filter(([, operation]) => isWritten(operation)))(
  '%s is written to the audit with what came of it',
  async (id, operation) => {
    const before = await newest();
    const { status, body } = await ask(operation, TOKEN);
    const entry = await newest();
    expect(entry?.id).not.toBe(before?.id);
    expect(entry).toMatchObject({ who: 'operator', via: 'token', ip: expect.stringContaining('127.0.0.1') });
    expect([entry?.verb, entry?.outcome]).toEqual([id, status < 300 ? 'done' : body.code]);
  },
);

test('what only reads is not written, but for addresses with their tokens', async () => {
  const before = (await newest())?.id;
  for (const operation of operations.filter((one) => !isWritten(one) && one.audit === undefined))
    await ask(operation, TOKEN);
  const urls = operations.find(({ id }) => id === 'urls.list') as Operation;
  await ask(urls, TOKEN);
  expect((await newest())?.id).toBe(before);
  await ask(urls, TOKEN, '?show=true');
  expect(await newest()).toMatchObject({ verb: 'urls.list', subject: 'acme.ci', outcome: 'done' });
});

test('a change that a scope forbids is written too, but not of those who may nothing here', async () => {
  const reload = operations.find(({ id }) => id === 'plugins.reload') as Operation;
  // Of one holder and one verb the first is written at once.
  const { value } = await tokens.create({ name: 'another-reader', scopes: ['read'] });
  await ask(reload, value.reveal());
  expect(await newest()).toMatchObject({
    ...{ who: 'another-reader', verb: 'plugins.reload', subject: 'acme.ci', outcome: 'operator/scope' },
    after: undefined,
  });
  const before = (await newest())?.id;
  await ask(reload, values.get('app:x'));
  expect((await newest())?.id).toBe(before);
});

test('what is asked for with a user, or in clear, takes more than the rest', async () => {
  const find = (wanted: string) => operations.find(({ id }) => id === wanted) as Operation;
  const codeFor = async (id: string, scope: string, query: string) =>
    (await ask(find(id), values.get(scope), query)).body.code;
  expect(await codeFor('urls.list', 'read', '?show=true')).toBe('operator/scope');
  expect(await codeFor('urls.list', 'secrets', '?show=true')).toBeUndefined();
  expect(await codeFor('secrets.set', 'secrets', '?user=u1')).toBe('operator/scope');
  expect(await codeFor('secrets.remove', 'secrets', '?user=u1')).toBe('operator/scope');
  expect(await codeFor('secrets.set', 'admin', '?user=u1')).toBe('secrets/bad-request');
});

describe('the table as a whole', () => {
  test('tells every id, and every address, once', () => {
    const shapes = operations.map(({ method, path: at }) => `${method} ${at.replace(/:[A-Za-z]+/g, ':')}`);
    expect(new Set(shapes).size).toBe(shapes.length);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  test('is described: parameters, bodies and answers as JSON Schema, lists with their pages', () => {
    const told = describeOperations();
    expect(told.map(({ id }) => id)).toEqual(operations.map(({ id }) => id));
    const receipts = told.find(({ id }) => id === 'inbox.receipts');
    expect(receipts).toMatchObject({ isPaginated: true, scope: 'read', method: 'get' });
    expect(receipts?.query).toContainEqual(expect.objectContaining({ name: 'limit', required: false }));
    expect(told.filter(({ isPaginated }) => isPaginated).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['audit.list', 'inbox.jobs', 'quarantine.list']),
    );
    for (const { id, answer, body } of told) {
      expect([id, JSON.stringify([answer, body]).includes('$schema')]).toEqual([id, false]);
    }
  });

  test('makes a tool of each operation that answers a value, whose input names everything once', () => {
    const tools = createAdminTools({ operator: host.operator, logger }).list({
      name: 'a',
      scopes: ['admin'],
    });
    expect(tools).toHaveLength(operations.filter(({ run }) => run !== undefined).length);
    for (const [index, { path: template, query, body }] of operations
      .filter(({ run }) => run !== undefined)
      .entries()) {
      const parts = [
        [...template.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name),
        Object.keys(query?.shape ?? {}),
        Object.keys((body as z.ZodObject | undefined)?.shape ?? {}),
      ].flat();
      expect(Object.keys(tools[index]?.inputSchema.properties ?? {})).toEqual([...new Set(parts)]);
      expect(new Set(parts).size).toBe(parts.length);
      // Those of plugins have two in their names.
      expect(tools[index]?.name).toMatch(/^gatehouse_[a-z]+_[a-z]+$/);
    }
  });
});
