import type { Declaration, Endpoint } from '../../src/core/declaration';
import { isRecorded } from '../../src/core/durable-answer';
import type { Exchange } from '../../src/core/exchange';
import { buildMount } from '../../src/core/mount';
import { STANDARD_RETRY } from '../../src/core/retry';
import { HeaderLines } from '../../src/http/request-head';
import { ackWithin } from '../../src/plugins/ack-within';
import type { EndpointOptions } from '../../src/plugins/endpoint-types';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { router } from '../http/gateway-under-test';
import { keptServices } from './services';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };

function declared(options: EndpointOptions, method: Endpoint['method'] = 'POST'): Endpoint {
  const plugin = new PluginBase(info).endpoint({ method, path: '/in', ...options }, () => 1);
  plugin[PLUGIN].bind(keptServices());
  return plugin[PLUGIN].translate()[0] as Endpoint;
}
const withHeaders = (...lines: string[]) => ({ headers: new HeaderLines(lines) }) as unknown as Exchange;
const refusalOf = (options: object): string => {
  try {
    declared(options);
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('it was accepted');
};
const mountRefusal = (...declarations: Declaration[]): string => {
  try {
    buildMount('acme.ci' as never, info, declarations);
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('it was accepted');
};

describe('an endpoint', () => {
  test('answers by its handler and keeps nothing unless it says so', () => {
    expect(declared({})).toMatchObject({ answer: 'handler', retry: STANDARD_RETRY });
    expect(isRecorded(declared({}))).toBe(false);
    expect(declared({})).not.toHaveProperty('idempotency');
  });

  test('may say when the sender is answered and how often its handler is tried', () => {
    const retry = { attempts: 3, backoff: [10, 20] };
    expect(declared({ answer: 'accept', retry, concurrency: 2 })).toMatchObject({
      answer: 'accept',
      retry,
      concurrency: 2,
    });
    expect(declared({ answer: ackWithin.slack, retry: { attempts: 2 } })).toMatchObject({
      answer: { ackWithinMs: 2_500 },
      retry: { attempts: 2, backoff: STANDARD_RETRY.backoff },
    });
  });

  test.each([
    ['a function', (x: { headers: { get(name: string): string | undefined } }) => x.headers.get('x-id')],
    ['an object with a function', { key: (x: any) => x.headers.get('x-id'), windowMs: 5 }],
    ['the name of a header', { header: 'X-Id', windowMs: 5 }],
  ])('may say what its duplicates are with %s', (_name, dedupe) => {
    const rule = declared({ answer: 'accept', dedupe: dedupe as never }).dedupe;
    expect(rule?.key(withHeaders('X-ID', 'seven'))).toBe('seven');
    expect(rule?.key(withHeaders())).toBeUndefined();
    expect(rule?.windowMs).toBe(typeof dedupe === 'function' ? undefined : 5);
  });

  test.each([
    [true, { required: false }],
    [{ required: true }, { required: true }],
    [{ required: false }, { required: false }],
    [false, undefined],
  ])('honours idempotency keys as %j says', (idempotency, expected) => {
    expect(declared({ idempotency }).idempotency).toEqual(expected);
  });

  test('with wrong options is refused, every one of them named with what it takes', () => {
    const message = refusalOf({
      answer: 'later',
      retry: { attempts: 0, backoff: [] },
      lane: 'x',
      dedupe: { key: () => 'x', header: 'X-Id' },
      idempotency: 'yes',
      concurrency: -1,
      record: 1,
    });
    for (const part of [
      'answer must be one of handler, accept, or { ackWithinMs }',
      'retry attempts must be a whole number above 0',
      'backoff must list delays',
      'lane must be a function',
      'dedupe needs a key function or a header, one of the two',
      'idempotency must be an object',
      'concurrency must be a whole number above 0',
      'record must be true or false',
    ])
      expect(message).toContain(part);
  });

  test.each([
    [{ answer: {} }, 'needs ackWithinMs'],
    [{ answer: { ackWithinMs: 0 } }, 'ackWithinMs must be a whole number above 0'],
    [{ retry: { backoff: { firstMs: 1 } } }, 'needs firstMs, factor and maxMs'],
    [{ retry: { backoff: { firstMs: 1, factor: 0, maxMs: 2 } } }, 'factor must be a number from 1'],
    [{ dedupe: 3 }, 'a function, { key, windowMs } or { header, windowMs }'],
  ])('with %j is refused', (options, why) => {
    expect(refusalOf({ answer: 'accept', ...options })).toContain(why);
  });

  test('takes an exponential schedule', () => {
    const backoff = { firstMs: 5, factor: 2, maxMs: 50 };
    expect(declared({ retry: { backoff } }).retry).toEqual({ attempts: 8, backoff });
  });
});

describe('a mount is refused, with what to write instead, when', () => {
  test('a body that is never there as a whole is to be stored or judged', () => {
    const stream = declared({ answer: 'accept', body: { kind: 'stream' }, dedupe: () => 'x' });
    const message = mountRefusal(stream);
    expect(message).toMatch(/kind "stream".* answer "accept"; use kind "raw"/);
    expect(message).toMatch(/kind "stream".* dedupe; use kind "raw"/);
    const late = declared({ answer: { ackWithinMs: 5 }, body: { kind: 'stream' } });
    expect(mountRefusal(late)).toContain('answer { ackWithinMs: 5 }');
    expect(mountRefusal(declared({ idempotency: true, body: { kind: 'stream' } }))).toContain('idempotency');
    const access = { signature: 'github', secret: 'S' };
    expect(mountRefusal(declared({ idempotency: true, access }))).toContain(
      'the Idempotency-Key is not signed',
    );
    const judged = declared({ body: { kind: 'stream' }, access: { signature: 'github', secret: 'S' } });
    expect(mountRefusal(judged)).toContain('signed access');
  });

  test('a Router is to store its requests', () => {
    const more = { answer: 'accept', dedupe: { key: () => 'x' }, lane: () => 'x' } as const;
    const message = mountRefusal(router('/', () => undefined, more));
    for (const what of ['answer "accept"', 'lane', 'dedupe'])
      expect(message).toContain(`cannot have ${what}; declare the address with plugin.endpoint(…)`);
  });

  test('what concerns stored requests stands on an endpoint that stores none', () => {
    const message = mountRefusal(declared({ lane: () => 'x', dedupe: () => 'y', concurrency: 2 }));
    for (const what of ['lane', 'dedupe', 'concurrency'])
      expect(message).toContain(`${what} is about stored requests; add answer: 'accept' or { ackWithinMs }`);
  });

  test('several endpoints are wrong: all of them are named at once', () => {
    const message = mountRefusal(declared({ lane: () => 'x' }), declared({ dedupe: () => 'x' }, 'PUT'));
    expect(message).toContain('endpoint(POST "/in")');
    expect(message).toContain('endpoint(PUT "/in")');
  });
});

test('every preset leaves its sender a part of the time it grants', () => {
  for (const { ackWithinMs } of Object.values(ackWithin)) expect(ackWithinMs).toBeLessThan(15_000);
  expect(ackWithin.github.ackWithinMs).toBeLessThan(10_000);
  expect(ackWithin.slack.ackWithinMs).toBeLessThan(3_000);
  expect(ackWithin.sentry.ackWithinMs).toBeLessThan(1_000);
});
