import { runInNewContext } from 'node:vm';
import { catalogue, HostError, isHostError, toError, type ErrorCode } from '../../src/core/errors';
import { isHttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';

describe('the catalogue', () => {
  test.each(Object.entries(catalogue))(
    '%s has an area, a reason, an error status and a message',
    (code, entry) => {
      expect(code).toMatch(/^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.status).toBeLessThan(600);
      const message = (entry.message as (...args: unknown[]) => string)('‹one›', '‹two›', '‹three›');
      expect(message).toMatch(/\S/);
      expect(message).not.toContain('undefined');
    },
  );
});

describe('a HostError', () => {
  const cause = new Error('disk full');
  const error = new HostError('plugin/unknown', ['acme.ci'], { cause, headers: { 'retry-after': '1' } });

  test('takes status and message from the catalogue and chains its cause', () => {
    expect(error).toMatchObject({
      code: 'plugin/unknown',
      status: 404,
      cause,
      headers: { 'retry-after': '1' },
    });
    expect(error.message).toContain('acme.ci');
    expect(error.message).not.toContain('disk full');
  });

  test('has no cause when none was given', () => {
    expect('cause' in new HostError('host/stopping', [])).toBe(false);
  });

  test('is known by its brand, so that copies of the class count', () => {
    jest.isolateModules(() => {
      const other = jest.requireActual<typeof import('../../src/core/errors')>('../../src/core/errors');
      expect(other.HostError).not.toBe(HostError);
      expect(isHostError(new other.HostError('host/stopping', []))).toBe(true);
    });
    expect(isHostError(new Error('x'))).toBe(false);
    expect(isHostError({ code: 'host/stopping' satisfies ErrorCode })).toBe(false);
    expect(isHostError(undefined)).toBe(false);
  });
});

describe('toError', () => {
  test('leaves errors alone, those of another realm included', () => {
    const own = new TypeError('x');
    expect(toError(own)).toBe(own);
    const foreign: unknown = runInNewContext('new TypeError("y")');
    expect(foreign).not.toBeInstanceOf(Error);
    expect(toError(foreign)).toBe(foreign);
  });

  test.each([undefined, null, 'text', 7, { message: 3 }])(
    'wraps %p and says that it is no Error',
    (thrown) => {
      const error = toError(thrown);
      expect(error).toBeInstanceOf(Error);
      expect(error.message).toMatch(/not an Error/);
    },
  );

  test('survives what cannot even be turned into text', () => {
    const hostile = Object.create(null, {
      toString: {
        value: () => {
          throw new Error('no');
        },
      },
    });
    expect(toError(hostile)).toBeInstanceOf(Error);
    expect(toError(Symbol('s')).message).toContain('Symbol(s)');
  });

  test('tells of an object what it is, never what it holds', () => {
    const { stack, cause, message } = toError({ token: 'secret', list: ['secret'] });
    expect(message).toBe('something that is not an Error was thrown: an object with token, list');
    expect([stack, cause]).toEqual([expect.not.stringContaining('secret'), undefined]);
    expect(toError(['secret', 'secret']).message).toContain('a list of 2');
    expect(toError({}).message).toContain('an object with nothing');
  });

  test('tells who throws a reply to return it', () => {
    const { stack, cause } = toError(reply(200, { token: 'secret' }));
    expect(stack).toContain('a reply was thrown: return it');
    expect([stack, cause]).toEqual([expect.not.stringContaining('secret'), undefined]);
  });

  const no = () => {
    throw new Error('no');
  };
  test.each<[string, object]>([
    ['a message', Object.defineProperty({}, 'message', { get: no })],
    ['a stack', Object.defineProperty(new Error('x'), 'stack', { get: no })],
    ['anything', new Proxy({}, { get: no, has: no, getPrototypeOf: no })],
  ])('gives what can be read for something that throws when asked for %s', (_what, hostile) => {
    const { message, stack, cause } = toError(hostile);
    expect(message).toMatch(/cannot be looked at/);
    expect(stack).toBeDefined();
    expect(cause).toBeUndefined();
    expect([isHostError(hostile), isHttpError(hostile)]).toEqual([false, false]);
  });
});
