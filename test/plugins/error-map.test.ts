import { HostError } from '../../src/core/errors';
import { HttpError } from '../../src/core/http-error';
import { GiveUp, RetryAfter } from '../../src/core/job';
import { reply } from '../../src/core/reply';
import { Router } from 'express';
import { createRouter } from '../../src/plugins/api-router';
import { ErrorMap } from '../../src/plugins/error-map';
import { createPlugin, endpointsOf, readFiles, refusalOf } from './declared';

class Domain extends Error {}
class Missing extends Domain {
  readonly what = 'it';
}
const gone = new HttpError(410, 'gone');

describe('errors mapped by class', () => {
  test('the most specific class counts, in whatever order they were given', () => {
    const errors = new ErrorMap();
    errors.add(Domain, () => new HttpError(400, 'domain'));
    errors.add(Missing, ({ what }) => reply(404, what));
    errors.add(Error, () => new HttpError(502, 'any'));
    expect(errors.map(new Missing())).toMatchObject({ status: 404, body: 'it' });
    expect(errors.map(new Domain())).toMatchObject({ status: 400 });
    expect(errors.map(new TypeError())).toMatchObject({ status: 502 });
  });

  test.each([['text'], [undefined], [null], [Object.create(null)], [{}]])(
    'what has no class that was named stays as it is: %p',
    (thrown) => {
      const errors = new ErrorMap();
      errors.add(Error, () => gone);
      expect(errors.map(thrown)).toBe(thrown);
    },
  );

  test('an answer of undefined leaves the error, and what an answer throws counts', () => {
    const errors = new ErrorMap();
    errors.add(Missing, () => undefined);
    errors.add(RangeError, () => {
      throw gone;
    });
    const missing = new Missing();
    expect(errors.map(missing)).toBe(missing);
    expect(errors.map(new RangeError())).toBe(gone);
  });

  test('what says itself what is to happen is no Error, but may be named by its own class', () => {
    const errors = new ErrorMap();
    errors.add(Error, () => gone);
    errors.add(Object, () => gone);
    for (const thrown of [
      new HttpError(404),
      new HostError('body/too-large', [1]),
      new RetryAfter(1),
      new GiveUp('no'),
    ])
      expect(errors.map(thrown)).toBe(thrown);
    class Teapot extends HttpError {}
    errors.add(HttpError, () => reply(418));
    expect(errors.map(new Teapot(400))).toMatchObject({ status: 418 });
  });

  test('what cannot be looked at stays as it is', () => {
    const errors = new ErrorMap();
    errors.add(Error, () => gone);
    const thrown = new Proxy(new Error(), {
      getPrototypeOf() {
        throw new Error('no');
      },
    });
    expect(errors.map(thrown)).toBe(thrown);
  });
});

describe('plugin.onError', () => {
  test('counts for all endpoints, routers and Express Routers, whenever it was said', () => {
    const plugin = createPlugin()
      .get('/a', () => 1)
      .mountRouter(() => createRouter().get('/b', () => 1))
      .mountRouter(() => Router(), { path: '/c' })
      .socket('/d', () => undefined)
      .onError(Missing, () => gone);
    const endpoints = endpointsOf(plugin);
    expect(endpoints).toHaveLength(4);
    for (const { mapError } of endpoints) expect(mapError?.(new Missing())).toBe(gone);
  });

  test('leaves endpoints as they are where nothing is mapped', () => {
    expect(endpointsOf(createPlugin().get('/a', () => 1))[0]).not.toHaveProperty('mapError');
  });

  test.each([
    [['Missing', () => gone], /must be a class of errors/],
    [[() => 1, () => gone], /must be a class of errors/],
    [[Missing, 404], /what answers must be a function/],
    [[Domain, () => gone], /the class has an answer already/],
  ])('%# is refused', async (given, message) => {
    const plugin = createPlugin().onError(Domain, () => gone) as any;
    const refusal = await refusalOf(() => plugin.onError(...given));
    expect(refusal.code).toBe('mount/invalid');
    expect(refusal.message).toMatch(message);
  });

  test('comes too late once the plugin was read', async () => {
    const plugin = createPlugin();
    endpointsOf(plugin);
    expect((await refusalOf(() => plugin.onError(Domain, () => gone))).code).toBe('plugin/sealed');
  });

  test('is a decorator too, whose method sees its instance', async () => {
    const [endpoint] = await readFiles({
      'index.ts': `import { GatePlugin, Get, HttpError, OnError } from 'gatehouse';
        class Missing extends Error {}
        @GatePlugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' })
        export class Ci {
          status = 404;
          @Get('/') all() { throw new Missing('no such thing'); }
          @OnError(Missing) missing(error: Missing) { return new HttpError(this.status, error.message); }
        }`,
    });
    if (endpoint?.kind !== 'endpoint' || !('handle' in endpoint.serve)) throw new Error('no endpoint');
    let thrown: unknown;
    try {
      await endpoint.serve.handle({} as never);
    } catch (error) {
      thrown = error;
    }
    expect(endpoint.mapError?.(thrown)).toMatchObject({ status: 404, detail: 'no such thing' });
  });
});
