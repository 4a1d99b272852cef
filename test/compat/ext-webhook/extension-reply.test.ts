import { runInNewContext } from 'node:vm';
import { contextConfig } from '../../../src/compat/ext-webhook/context-values';
import { toExtensionReply } from '../../../src/compat/ext-webhook/extension-reply';
import type { PluginKey } from '../../../src/core/plugin-key';
import { reply } from '../../../src/core/reply';

describe('what a webhook of an extension returned', () => {
  const answered = (result: unknown) => {
    const { status, body } = toExtensionReply('ext.webhook("a")', result);
    return { status, body };
  };

  test.each([
    ['an object', { a: 1 }, { status: 200, body: { a: 1 } }],
    ['an object with a status_code', { status_code: 404, a: 1 }, { status: 404, body: { a: 1 } }],
    ['an object of another realm', runInNewContext('({ status_code: 201 })'), { status: 201, body: {} }],
    ['nothing', undefined, { status: 200, body: {} }],
    ['null', null, { status: 200, body: {} }],
    ['a reply', reply(302, undefined, { location: '/a' }), { status: 302, body: undefined }],
  ])('%s is an answer', (_what, result, answer) => {
    expect(answered(result)).toEqual(answer);
  });

  test.each([
    ['a text', 'ok', 'a string'],
    ['a number', 200, 'a number'],
    ['a list', [{}, 201], 'a list'],
    ['a map', new Map(), 'none of names and values'],
    ['a status_code below 100', { status_code: 99 }, 'no whole number from 100 to 599'],
    ['a status_code above 599', { status_code: 600 }, 'no whole number from 100 to 599'],
    ['a status_code in text', { status_code: '401' }, 'no whole number from 100 to 599'],
  ])('%s is none, and the error says what to return', (_what, result, told) => {
    const refusal = { code: 'compat/bad-result', status: 500, message: expect.stringContaining(told) };
    expect(() => answered(result)).toThrow(expect.objectContaining(refusal));
  });
});

describe('ctx.config', () => {
  const config = contextConfig({
    key: 'ext.a' as PluginKey,
    config: { given: 'x', FROM_VARIABLE: 'y', CHAT_KEY: 'z', empty: '' },
    secrets: { get: (name) => (name === 'webhook_secret' ? 's' : undefined), set: async () => undefined },
  });

  test('finds a value by its name, and by the name that a variable gives it', async () => {
    expect([await config.get('given'), await config.require('from_variable')]).toEqual(['x', 'y']);
  });

  test('finds a secret of that name where there is no value', async () => {
    expect([await config.get('webhook_secret', 'else'), await config.require('webhook_secret')]).toEqual([
      's',
      's',
    ]);
    expect(await config.get('none', 'else')).toBe('else');
  });

  test('says which variable to set, and that one is found', async () => {
    expect(await config.require('chatKey')).toBe('z');
    await expect(config.require('otherKey')).rejects.toThrow(
      /set GATEHOUSE_CONFIG_EXT_A_OTHER_KEY,.*new Extension\(id, \{ config \}\)/,
    );
  });

  test('an empty value is none to require', async () => {
    const refusal = expect.objectContaining({ code: 'compat/no-config', status: 503 });
    await expect(config.require('empty')).rejects.toEqual(refusal);
    await expect(config.require('constructor')).rejects.toEqual(refusal);
  });
});
