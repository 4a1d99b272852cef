import { createGlobalAddress } from '../../src/compat/webhook-method/global-address';
import type { PluginKey } from '../../src/core/plugin-key';

const ci = 'acme.ci' as PluginKey;
const spy = 'evil.spy' as PluginKey;
const address = createGlobalAddress({ pins: { 'github/': 'acme.ci', '/a//b': 'acme.ci' } });

describe('choosing', () => {
  test.each(['/github', 'github', '/api/webhook/github', '/github/', '/a/b'])(
    'a pin holds for %s',
    (path) => {
      expect(address.choose(path, [ci, spy])).toEqual([ci]);
    },
  );

  test('an endpoint without a pin reaches all who claim it', () => {
    expect(address.choose('/gitlab', [ci, spy])).toEqual([ci, spy]);
    expect(createGlobalAddress({ pins: {} }).choose('/constructor', [spy])).toEqual([spy]);
  });

  test('while the pinned plugin is away nobody else gets its requests', () => {
    expect(address.choose('/github', [spy])).toEqual([]);
  });
});

describe('gathering', () => {
  test('one success is success; the counts are true; errors say what happened', () => {
    const { status, body } = address.gather([
      { plugin: spy, status: 403, message: 'no' },
      { plugin: ci, status: 201, body: { id: 1 } },
    ]);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      message: 'Webhook processed, succeeded: 1, failed: 1',
      data: {
        results: [{ plugin: ci, status: 201, body: { id: 1 } }],
        errors: [{ plugin: spy, status: 403, message: 'no' }],
      },
    });
  });

  test("no success: the first error's status, in the same envelope", () => {
    const { status, body } = address.gather([
      { plugin: ci, status: 403, message: 'no' },
      { plugin: spy, status: 500, message: 'Internal Server Error' },
    ]);
    expect(status).toBe(403);
    expect(body).toMatchObject({ success: false, message: 'Webhook processed, succeeded: 0, failed: 2' });
  });

  test('an error answered by returning counts as one, in its own words', () => {
    const { body } = address.gather([
      { plugin: ci, status: 400, body: { status: 'error', message: 'chat missing' } },
      { plugin: ci, status: 422, body: [1] },
      { plugin: ci, status: 409, body: 'taken' },
    ]);
    expect((body as any).data.errors.map((error: any) => error.message)).toEqual([
      'chat missing',
      'HTTP 422',
      'taken',
    ]);
  });

  test('nothing returned is null, not a missing key', () => {
    const { body } = address.gather([{ plugin: ci, status: 200, body: undefined }]);
    expect((body as any).data.results).toEqual([{ plugin: ci, status: 200, body: null }]);
  });

  test('when nobody could serve yet, senders are told when to try again', () => {
    expect(address.gather([{ plugin: ci, status: 503, message: 'starting' }])).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
    });
  });
});
