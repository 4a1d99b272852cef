import { context, core, createCompatModule, HTTPException, message, timer } from '../../src/compat';
import { messagesThrough } from '../../src/core/messages';
import { isHttpError } from '../../src/core/http-error';
import { PlainPlugin, plainServices } from './plain-plugin';

const services = plainServices();
const compat = createCompatModule(() => services);
beforeEach(() => {
  services.sent.length = 0;
  services.logged.length = 0;
});

describe('gatehouse/compat, as one generation has it', () => {
  test('send_text sends as the calling plugin and ignores the context given third', async () => {
    const ctx = await compat.context.create_temp_ctx('console-ci');
    await compat.message.send_text('onebot_v11-group_1', 'hi', ctx);
    await compat.message.push_system('console-ci', 'quiet', ctx, true);
    expect(services.sent).toEqual([
      { chatKey: 'onebot_v11-group_1', from: 'dev.demo', kind: 'text', text: 'hi' },
      { chatKey: 'console-ci', from: 'dev.demo', kind: 'system', text: 'quiet' },
    ]);
  });

  test('a temporary context is bound to its chat', async () => {
    const ctx = await compat.context.createTempCtx('telegram-group_-1002');
    expect([ctx.chat_key, ctx.chatKey, ctx.adapter_key]).toEqual([
      'telegram-group_-1002',
      'telegram-group_-1002',
      'telegram',
    ]);
    await ctx.send_text('hi', { record: true });
    expect(services.sent).toMatchObject([{ chatKey: 'telegram-group_-1002', text: 'hi' }]);
  });

  test('files and images go to the chat that is named, or to that of the context', async () => {
    const drafts: unknown[] = [];
    const message = messagesThrough(async ({ chatKey, kind, file }) => {
      drafts.push([kind, chatKey, file]);
      return { id: 'm' };
    });
    const sending = createCompatModule(() => ({ ...services, message }));
    const ctx = await sending.context.create_temp_ctx('telegram-team');
    const file = { filename: 'a.txt', data: 'a' };
    await sending.message.send_file('console-ci', file, ctx);
    await sending.message.sendFile('console-ci', 'report.csv', ctx);
    await sending.message.send_image('console-ci', 'plot.png', ctx);
    await ctx.send_file(file, { record: true });
    await ctx.sendImage('plot.png');
    await ctx.sendImage('console-ci', file);
    expect(drafts).toEqual([
      ['file', 'console-ci', file],
      ['file', 'console-ci', 'report.csv'],
      ['image', 'console-ci', 'plot.png'],
      ['file', 'telegram-team', file],
      ['image', 'telegram-team', 'plot.png'],
      ['image', 'console-ci', file],
    ]);
  });

  test('push_system starts a run of the agent where that is asked for', async () => {
    const triggers: unknown[] = [];
    const message = messagesThrough(async ({ trigger }) => {
      triggers.push(trigger);
      return { id: 'm' };
    });
    const pushing = createCompatModule(() => ({ ...services, message }));
    const ctx = await pushing.context.create_temp_ctx('console-ci');
    const { push_system } = pushing.message;
    for (const more of [
      [ctx, true],
      [ctx, { trigger_agent: true }],
      [{ trigger: true }],
      [ctx],
      [ctx, false],
    ])
      await push_system('console-ci', 'quiet', ...more);
    await ctx.push_system('quiet', true);
    await ctx.pushSystem('quiet', { triggerAgent: true });
    await ctx.pushSystem('quiet');
    expect(triggers).toEqual([true, true, true, false, false, true, true, false]);
  });

  test.each(['', 'console', '-ci', 'console-', undefined])(
    'there is no context for the chat key %p',
    async (key) => {
      await expect(compat.context.create_temp_ctx(key as string)).rejects.toMatchObject({
        code: 'channel/invalid-key',
      });
    },
  );

  test('the old logger writes to the plugin’s log, each old level on one of ours', () => {
    const { logger } = compat.core;
    logger.info('a');
    logger.success('b');
    logger.warning('c');
    logger.exception('d');
    logger.critical('e');
    logger.debug('f');
    expect(services.logged).toEqual(['info: a', 'info: b', 'warn: c', 'error: d', 'error: e', 'debug: f']);
  });

  test.each([
    ['message.download_from_url', () => compat.message.download_from_url('https://example.org/a')],
    ['timer.set_timer', () => compat.timer.set_timer()],
    ['timer.setTempTimer', () => compat.timer.setTempTimer()],
  ])('%s is not served and says what to use', (name, call) => {
    expect(call).toThrow(
      expect.objectContaining({
        code: 'compat/not-served',
        message: expect.stringMatching(new RegExp(`^${name} .*instead: `)),
      }),
    );
  });
});

test('outside a host the names exist and say that no plugin is calling', async () => {
  expect(() => core.logger.info('x')).toThrow(expect.objectContaining({ code: 'plugin/not-bound' }));
  await expect(message.send_text('console-ci', 'x')).rejects.toMatchObject({ code: 'plugin/not-bound' });
  await expect(context.create_temp_ctx('console-ci')).rejects.toMatchObject({ code: 'plugin/not-bound' });
  expect(() => timer.set_timer()).toThrow(expect.objectContaining({ code: 'compat/not-served' }));
});

describe('HTTPException', () => {
  const call = HTTPException as unknown as (...parts: unknown[]) => unknown;

  test.each([
    ['positional', new HTTPException(403, 'no')],
    ['by name', new HTTPException({ status_code: 403, detail: 'no' })],
    ['without new', call(403, 'no')],
    ['by name without new', call({ status_code: 403, detail: 'no' })],
  ])('%s is an HttpError', (_what, error) => {
    expect(isHttpError(error)).toBe(true);
    expect(error).toBeInstanceOf(HTTPException);
    expect(error).toMatchObject({ status: 403, status_code: 403, detail: 'no', message: 'no' });
  });

  test('without a detail it says the status in words, and takes headers', () => {
    expect(new HTTPException(404).detail).toBe('Not Found');
    expect(new HTTPException({ status_code: 405, headers: { allow: 'GET' } }).headers).toEqual({
      allow: 'GET',
    });
  });

  test('refuses what is no error status', () => {
    expect(() => new HTTPException(200)).toThrow(RangeError);
  });

  test('can be extended', () => {
    class Forbidden extends HTTPException {}
    expect(new Forbidden(403)).toBeInstanceOf(Forbidden);
  });
});

describe('old names on the plugin', () => {
  test('stand for the new ones, cited by the name the author wrote', () => {
    const plugin = new PlainPlugin();
    const factory = () => undefined as never;
    plugin
      .mount_router(factory)
      .mount_init_method(() => undefined)
      .mountCleanupMethod(() => undefined);
    plugin.onInit(() => undefined);
    expect(plugin.factories).toEqual([factory]);
    expect(plugin.declarations.map(({ origin }) => [origin.where, origin.deprecated])).toEqual([
      ['mountInitMethod', 'mountInitMethod'],
      ['mountCleanupMethod', 'mountCleanupMethod'],
      ['onInit', undefined],
    ]);
  });

  test('the data folder is there once the host has bound the plugin', () => {
    const plugin = new PlainPlugin();
    expect(() => plugin.get_plugin_data_dir()).toThrow(expect.objectContaining({ code: 'plugin/not-bound' }));
    plugin.bound = services;
    expect(plugin.get_plugin_data_dir()).toBe('/data/dev.demo');
  });

  test.each([
    'mount_command',
    'mountCommandGroup',
    'mount_prompt_inject_method',
    'mount_on_user_message',
    'get_vector_collection_name',
  ] as const)('%s is not served and says what to use', (name) => {
    expect(() => new PlainPlugin()[name]('x')).toThrow(
      expect.objectContaining({
        code: 'compat/not-served',
        message: expect.stringContaining(`plugin.${name}`),
      }),
    );
  });
});
