import { connect } from 'node:net';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { HttpError } from '../../src/core/http-error';
import { startDurableHost, type DurableHost } from './durable-host';
import { eventually, json } from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn } from './guards-under-test';
import { step, typed } from './typed-under-test';

const at = '/api/plugin/acme.s/x';
const body = JSON.stringify({ n: 1 });
let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost({ guards: guardsOn(), settings: { timeouts: { handlerMs: 300 } } } as never);
});
afterEach(() => host.close());

describe('where a signature is over the body, nothing of the plugin runs before it is judged', () => {
  const seen: unknown[] = [];
  beforeEach(() => seen.splice(0));
  const note = (what: string) => step(what, ({ verified }) => seen.push([what, verified?.scheme]));
  const middleware: RequestHandler = (_request, response, next) => {
    seen.push(['use']);
    response.setHeader('x-seen', 'yes');
    next();
  };

  test('a forger meets the one 401, whatever providers and middleware would say', async () => {
    const refuses = step('refuses', () => {
      seen.push('provider');
      throw new HttpError(418, 'secret words');
    });
    host.seat(
      'acme.s',
      typed('POST', { ...GITHUB, use: [middleware], provide: [refuses] }, () => 'never'),
    );
    const forged = await host.call(at, json({ n: 1 }, githubHeaders('another body')));
    expect([forged.status, forged.headers.get('x-seen')]).toEqual([401, null]);
    expect(JSON.stringify(forged.body)).not.toContain('secret words');
    expect(seen).toEqual([]);
    const signed = await host.call(at, json({ n: 1 }, githubHeaders(body)));
    expect([signed.status, seen]).toEqual([418, [['use'], 'provider']]);
  });

  test('afterwards middleware, providers and handler run, and know who it is', async () => {
    const schema = { body: z.object({ n: z.number() }) };
    host.seat(
      'acme.s',
      typed('POST', { ...GITHUB, schema, use: [middleware], provide: [note('early')] }, (x) => x.body),
    );
    const answer = await host.call(at, json({ n: 1 }, githubHeaders(body)));
    expect([answer.status, answer.body, answer.headers.get('x-seen')]).toEqual([200, { n: 1 }, 'yes']);
    expect(seen).toEqual([['use'], ['early', 'github']]);
  });

  test('a middleware that answers itself ends it, and nothing is stored', async () => {
    const own: RequestHandler = (_request, response) => void response.status(403).json({ own: true });
    const live = host.seat(
      'acme.s',
      typed('POST', { ...GITHUB, use: [own], answer: 'accept' }, () => seen.push('handler')),
    );
    const answer = await host.call(at, json({ n: 1 }, githubHeaders(body)));
    expect([answer.status, answer.body]).toEqual([403, { own: true }]);
    await eventually(() => live.leases === 0);
    expect(seen).toEqual([]);
  });

  test('a middleware that neither goes on nor answers is 503 when the time is up', async () => {
    const live = host.seat(
      'acme.s',
      typed('POST', { ...GITHUB, use: [() => undefined], timeoutMs: 200 }, () => 'never'),
    );
    expect((await host.call(at, json({ n: 1 }, githubHeaders(body)))).body.code).toBe('endpoint/timeout');
    await eventually(() => live.leases === 0);
  });
});

test.each([
  ['a provider', { provide: [step('never', () => new Promise(() => undefined))] }],
  ['a schema', { schema: { query: z.object({}).refine(() => new Promise<boolean>(() => undefined)) } }],
])('%s that never settles keeps no lease for a caller that left', async (_what, options) => {
  const live = host.seat(
    'acme.s',
    typed('GET', { ...options, timeoutMs: 300 }, () => 1),
  );
  const socket = connect(host.port, '127.0.0.1', () => socket.write(`GET ${at} HTTP/1.1\r\nHost: x\r\n\r\n`));
  await eventually(() => live.leases === 1);
  socket.destroy();
  await eventually(() => live.leases === 0);
});

test('what an early answer’s handler returns is no answer: the handler runs once', async () => {
  let runs = 0;
  const schema = { body: z.object({ n: z.number() }), response: z.object({ n: z.number() }) };
  const retry = { attempts: 3, backoff: [1] };
  host.seat(
    'acme.s',
    typed('POST', { schema, answer: { ackWithinMs: 2_000 }, retry }, (x) => {
      runs += 1;
      x.respond({ body: { n: 1 } });
    }),
  );
  expect((await host.call(at, json({ n: 1 }))).status).toBe(200);
  await host.engine.idle();
  expect(runs).toBe(1);
});

test('where nobody takes the answer it is not held against its schema: the work is done', async () => {
  let runs = 0;
  const schema = { body: z.object({ n: z.number() }), response: z.object({ n: z.number() }) };
  host.seat(
    'acme.s',
    typed('POST', { schema, answer: 'accept', retry: { attempts: 3, backoff: [1] } }, () => void (runs += 1)),
  );
  expect((await host.call(at, json({ n: 1 }))).status).toBe(202);
  await eventually(() => runs > 0);
  await host.engine.idle();
  expect(runs).toBe(1);
});
