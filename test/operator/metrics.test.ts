import { readFileSync } from 'node:fs';
import path from 'node:path';
import express from 'express';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { MountTable } from '../../src/core/mount-table';
import { Secret } from '../../src/core/secret';
import { createMeasuring } from '../../src/http/measuring';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { createMeasurements, type HostMeasurements } from '../../src/operator/metrics/measurements';
import { createMetricsRouter } from '../../src/operator/metrics/metrics-router';
import { WorkCounts } from '../../src/operator/metrics/work-counts';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { fakeClock } from '../../src/testing/fake-clock';
import { GiveUp } from '../../src/core/job';
import { endpoint, startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import {
  engineOn,
  hook,
  draftOf,
  task,
  temporaryFolder,
  until,
  type EngineUnderTest,
} from '../inbox/engine-under-test';
import { PlainRegistry, pluginStatus } from './plain-registry';

const ODD = 'POST /odd"\\\n{name}';
const received = hook('/in', () => undefined);
const AT = Date.UTC(2026, 0, 1, 12);

interface Scraped {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const LINE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (Na[Nn]|[+-]?Inf|[-+0-9.e]+)$`);

/** By the grammar of the text format, line by line: what it does not know is an error. */
function parse(text: string): Scraped {
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const samples: Scraped['samples'][number][] = [];
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line);
    if (comment !== null) {
      const [, kind = '', name = '', rest = ''] = comment;
      if (kind === 'HELP') expect(helped.has(name)).toBe(false);
      if (kind === 'HELP') helped.add(name);
      else expect(types.has(name)).toBe(false);
      if (kind === 'TYPE') types.set(name, rest);
      continue;
    }
    const sample = LINE.exec(line);
    if (sample === null) throw new Error(`not a line of the format: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const pairs = [...labels.matchAll(new RegExp(LABEL, 'g'))].map(([pair]) => {
      const at = pair.indexOf('=');
      const raw = pair.slice(at + 2, -1).replace(/\\(.)/g, (_all, one: string) => (one === 'n' ? '\n' : one));
      return [pair.slice(0, at), raw] as const;
    });
    samples.push({
      name,
      labels: Object.fromEntries(pairs),
      value: Number(value.replace('Inf', 'Infinity')),
    });
  }
  return { types, samples };
}

let gateway: GatewayUnderTest;
let engine: EngineUnderTest;
let measurements: HostMeasurements;
let server: http.Server;
let url: string;
const clock = fakeClock(AT);
const folder = temporaryFolder();
const auth = createOperatorAuth(new Secret('operator-token-1234'), {
  identify: (text) =>
    ({ reader: { name: 'r', scopes: ['read'] }, sender: { name: 's', scopes: ['tools'] } })[text],
});
const get = (at: string, authorization?: string) =>
  fetch(
    url + at,
    authorization === undefined ? {} : { headers: { authorization: `Bearer ${authorization}` } },
  );
const scrape = async () => parse(await (await get('/metrics', 'reader')).text());

beforeAll(async () => {
  const table = new MountTable();
  const measuring = createMeasuring({ table, clock });
  gateway = await startGateway({ table, measuring });
  const live = gateway.seat(
    'acme.demo',
    endpoint('GET', '/a', () => 1),
  );
  table.swap(live.mount.key, live);
  const work = new WorkCounts();
  engine = engineOn(await SqliteStore.open({ file: path.join(folder.folder, 'inbox.db') }), {
    observer: work,
  });
  await engine.open();
  engine.put('acme.ci', [
    received,
    task('never', () => {
      throw new GiveUp('no');
    }),
  ]);
  engine.put('gatehouse.host', [task('message', () => undefined)]);
  measurements = createMeasurements({
    ...{ traffic: measuring, work, clock, version: '1.2.3', quarantine: engine.quarantineDesk },
    registry: new PlainRegistry([
      pluginStatus('acme.ci', { generation: 4 }),
      pluginStatus('a.b', { state: 'failed' }),
    ]),
    refusals: () => [
      { plugin: 'acme.ci', endpoint: ODD, reason: 'stale', count: 2 },
      { plugin: 'acme.ci', endpoint: ODD, reason: 'stale', count: 1 },
    ],
    brokenResponses: () => [{ key: 'acme.ci', endpoint: 'GET /x', count: 3 }],
    deprecations: () => [{ id: 'webhook-address', plugin: 'acme.ci', count: 5 }],
    backlog: () => engine.backlog(),
    inbox: engine.desk,
  });
  const app = express();
  app.use('/metrics', createMetricsRouter({ measurements, operatorAuth: auth, isPublic: false }));
  app.use('/open', createMetricsRouter({ measurements, operatorAuth: auth, isPublic: true }));
  app.use(((error: { status?: number; headers?: object }, _request, response, _next) => {
    response
      .status(error.status ?? 500)
      .set(error.headers ?? {})
      .end();
  }) as express.ErrorRequestHandler);
  server = http.createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const at of ['/a', '/a', '/none']) await gateway.call(`/api/plugin/acme.demo${at}`);
  const tasks = engine.inbox.tasksOf('acme.ci' as never);
  await tasks.enqueue('never');
  await engine.inbox.tasksOf('gatehouse.host' as never).enqueue('message', {}, { lane: 'slack-general' });
  await engine.inbox.accept(draftOf('acme.ci', received));
  await measurements.look();
  await engine.start();
  await until('all is worked', async () => work.tasks.length === 3);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await gateway.close();
  await engine.stop(1_000);
  folder.remove();
});

test('they are for the operator and whoever may read, or for anybody where they are public', async () => {
  expect((await get('/metrics')).status).toBe(401);
  expect((await get('/metrics')).headers.get('www-authenticate')).toBe('Bearer');
  expect((await get('/metrics', 'wrong')).status).toBe(401);
  expect((await get('/metrics', 'sender')).status).toBe(401);
  const told = await get('/metrics', 'operator-token-1234');
  expect([told.status, told.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  expect((await get('/open')).status).toBe(200);
  expect((await fetch(`${url}/open`, { method: 'POST' })).status).toBe(405);
});

test('every line is of the format, every sample of a type that was said, every histogram whole', async () => {
  const { types, samples } = await scrape();
  const series = new Set<string>();
  for (const { name, labels } of samples) {
    const base = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    expect(['counter', 'gauge', 'histogram', 'summary']).toContain(types.get(base));
    const key = `${name} ${JSON.stringify(labels)}`;
    expect(series.has(key)).toBe(false);
    series.add(key);
  }
  const buckets = samples.filter(
    ({ name, labels }) => name === 'gatehouse_request_seconds_bucket' && labels['endpoint'] === 'GET /a',
  );
  expect(buckets.map(({ value }) => value)).toEqual(
    [...buckets.map(({ value }) => value)].sort((a, b) => a - b),
  );
  const bounds = buckets.map(({ labels }) => Number(labels['le']?.replace('Inf', 'Infinity')));
  expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
  const count = samples.find(
    ({ name, labels }) => name === 'gatehouse_request_seconds_count' && labels['endpoint'] === 'GET /a',
  );
  expect([buckets.at(-1)?.labels['le'], buckets.at(-1)?.value, count?.value]).toEqual(['+Inf', 2, 2]);
});

test('each metric tells what happened', async () => {
  const { samples } = await scrape();
  const of = (name: string, labels: object = {}) =>
    samples.find(
      (sample) => sample.name === name && Object.entries(labels).every(([l, v]) => sample.labels[l] === v),
    )?.value;
  const demo = { plugin: 'acme.demo' };
  expect(of('gatehouse_requests_total', { ...demo, endpoint: 'GET /a', status: '2xx' })).toBe(2);
  expect(of('gatehouse_requests_total', { ...demo, endpoint: 'none', status: '4xx' })).toBe(1);
  expect(of('gatehouse_refusals_total', { plugin: 'acme.ci', endpoint: ODD, reason: 'stale' })).toBe(3);
  expect(of('gatehouse_broken_responses_total', { plugin: 'acme.ci' })).toBe(3);
  expect(of('gatehouse_deprecated_uses_total', { id: 'webhook-address' })).toBe(5);
  expect(of('gatehouse_attempts_total', { plugin: 'acme.ci', task: 'never', outcome: 'gave-up' })).toBe(1);
  expect(of('gatehouse_attempts_total', { plugin: 'acme.ci', task: 'POST /in', outcome: 'succeeded' })).toBe(
    1,
  );
  expect(of('gatehouse_job_seconds_count', { task: 'never' })).toBe(1);
  expect(of('gatehouse_messages_total', { adapter: 'slack', outcome: 'succeeded' })).toBe(1);
  expect(of('gatehouse_dead_letters_total')).toBe(1);
  expect(of('gatehouse_receipts_stored_total')).toBe(1);
  expect(of('gatehouse_store_commit_seconds_count')).toBeGreaterThan(1);
  // As it was when somebody looked last.
  expect(of('gatehouse_backlog_jobs')).toBe(3);
  expect(of('gatehouse_backlog_seconds')).toBeGreaterThanOrEqual(0);
  expect(of('gatehouse_jobs', { task: 'never' })).toBe(1);
  expect(of('gatehouse_quarantine_dropped_total')).toBe(0);
  expect(of('gatehouse_plugins', { state: 'live' })).toBe(1);
  expect(of('gatehouse_generation', { plugin: 'acme.ci' })).toBe(4);
  expect(of('gatehouse_build_info', { version: '1.2.3', node: process.version })).toBe(1);
  expect(of('process_resident_memory_bytes')).toBeGreaterThan(0);
});

test('every expression of the dashboard asks for metrics and labels that there are', async () => {
  const { types, samples } = await scrape();
  const text = readFileSync(path.join(__dirname, '../../docs/grafana-dashboard.json'), 'utf8');
  const board = JSON.parse(text) as {
    panels: { targets: { expr: string }[] }[];
    templating: { list: { query: string | { query: string } }[] };
  };
  const asked = [
    ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...board.templating.list.map(({ query }) => (typeof query === 'string' ? '' : query.query)),
  ].join('\n');
  const names = new Set(asked.match(/\b(?:gatehouse|process|nodejs)_[a-z0-9_]+/g));
  expect(names.size).toBeGreaterThan(20);
  const told = new Set([...types.keys(), ...samples.map(({ name }) => name)]);
  expect([...names].filter((name) => !told.has(name))).toEqual([]);
  for (const [, name = '', matchers = ''] of asked.matchAll(/\b((?:gatehouse)_[a-z0-9_]+)\{([^}]*)\}/g)) {
    const labels = new Set(
      samples.filter((sample) => sample.name === name).flatMap((one) => Object.keys(one.labels)),
    );
    // Prometheus adds where a sample came from.
    const wanted = [...matchers.matchAll(/([a-z]+)=/g)]
      .map(([, label = '']) => label)
      .filter((label) => label !== 'instance');
    expect({ name, missing: wanted.filter((label) => !labels.has(label)) }).toEqual({ name, missing: [] });
  }
});

test('the backlog is one of the series', async () => {
  const { backlog, times } = measurements.series({ lastMs: 120_000 });
  expect(backlog).toHaveLength(times.length);
  expect(backlog.at(-1)).toBe(3);
  await clock.advance(60_000);
  expect(measurements.series({ lastMs: 120_000 }).backlog).toEqual([3, undefined]);
  expect(measurements.series({ lastMs: 86_400_000 }).backlog.at(-1)).toBe(3);
});
