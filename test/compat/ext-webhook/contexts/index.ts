import { z } from 'gatehouse';
import { ActionResult, ChatExtension, Extension, type ExtensionContext } from 'gatehouse/compat';

export const ext = new Extension('contexts', {
  display_name: 'Contexts',
  description: 'What each context has.',
});
const chat = new ChatExtension(ext, { tool_name: 'contexts', description: 'What each context has.' });

ext.secret({ name: 'api_key', description: 'Given by people', write_mode: 'user' });
ext.secret({ name: 'refresh_token', description: 'Written by the extension', write_mode: 'extension' });

const NAMES = [
  ...[
    'user',
    'tenant',
    'store',
    'http',
    'config',
    'secrets',
    'extensions',
    'log',
    'env',
    'crypto',
    'webhook_url',
    'webhookUrl',
    'ai',
  ],
  ...[
    'billing',
    'notify',
    'cache',
    'storage',
    'skeleton',
    'progress',
    'as_user',
    'asUser',
    'rawBody',
    'raw_body',
  ],
];

/** What touching each attribute gives: its type, or the error. */
function table(ctx: ExtensionContext): Record<string, unknown> {
  const attributes = ctx as unknown as Record<string, unknown>;
  return Object.fromEntries(
    NAMES.map((name) => {
      try {
        const value = attributes[name];
        return [name, value === null ? null : typeof value];
      } catch (thrown) {
        const { name: kind, message, code } = thrown as Error & { code?: string };
        return [name, { kind, code, message }];
      }
    }),
  );
}

ext.webhook('table', async (ctx) => ({ ...table(ctx), as: [ctx.user.imperal_id, ctx.user.imperalId] }));
ext.webhook('user_table', async (ctx) => table(ctx.as_user('ada')));
ext.webhook('nobody', async (ctx) => table(ctx.as_user('')));
ext.webhook('notify', async (ctx) => ctx.notify('unheard'));

ext.webhook('config', async (ctx) => ({
  given: await ctx.config.get('greeting'),
  fallback: await ctx.config.get('absent', 'none'),
  required: await ctx.config.require('absent'),
}));
ext.webhook('greeting', async (ctx) => ({ given: await ctx.config.get('greeting') }));

ext.webhook('log', async (ctx, _headers, body) => {
  await ctx.log(`logged: ${body}`, { level: 'warning' });
  return {};
});

ext.webhook('store', async (ctx) => {
  await ctx.store.create('notes', { id: 'n1', text: 'of the system' });
  const ada = ctx.as_user('ada');
  await ada.store.create('notes', { id: 'n1', text: 'of Ada' });
  await ctx.cache.set('seen', { at: 1 });
  return {
    system: (await ctx.store.get('notes', 'n1'))?.data,
    ada: (await ada.store.get('notes', 'n1'))?.data,
    grace: (await ctx.asUser('grace').store.get('notes', 'n1'))?.data ?? 'nothing',
    cached: await ctx.cache.get('seen'),
  };
});

ext.webhook('secrets', async (ctx) => {
  const ada = ctx.as_user('ada');
  await ctx.secrets.set('refresh_token', 'of the webhook');
  await ada.secrets.set('refresh_token', 'of Ada');
  const refused = await ada.secrets.set('api_key', 'mine').then(
    () => 'set',
    (thrown: { code?: string }) => thrown.code,
  );
  return {
    webhook: (await ctx.secrets.get('refresh_token')) === 'of the webhook',
    ada: (await ada.secrets.get('refresh_token')) === 'of Ada',
    grace: await ctx.as_user('grace').secrets.get('refresh_token'),
    shared: (await ctx.as_user('grace').secrets.get('api_key')) === 'given to all',
    refused,
  };
});

ext.webhook('told', async (ctx) => {
  await ctx.as_user('ada').notify('It is done.');
  return {};
});

ext.webhook('call', async (ctx, _headers, body) => ({
  result: await ctx.extensions.call('contexts', 'describe', JSON.parse(body)),
}));

ext.webhook('entry', async (ctx) =>
  ctx.extensions
    .call<object>('contexts', '__webhook__table')
    .catch(({ code }: { code?: string }) => ({ code })),
);

// Stored before it is answered: what the handler writes is kept with its success.
ext.webhook('stored', { answer: { ackWithinMs: 5_000 } }, async (ctx, _headers, body) => {
  await ctx.store.create('kept', { id: body });
  await ctx.as_user('ada').store.create('kept', { id: body });
  if (body === 'bad') throw new Error('it went wrong');
  return { kept: (await ctx.store.get('kept', body)) !== undefined };
});
ext.webhook(
  'stored',
  'GET',
)(async (ctx) => ({
  kept: (await ctx.store.list('kept')).map(({ id }) => id),
  ofAda: (await ctx.as_user('ada').store.list('kept')).map(({ id }) => id),
}));

chat.function(
  {
    description: 'Describes its context.',
    action_type: 'read',
    params: z.object({ count: z.coerce.number() }),
  },
  async function describe(ctx, { count }) {
    if (count < 0) return ActionResult.error('below zero', { retryable: true });
    ctx.progress(50, 'half-way');
    await ctx.notify('called');
    return ActionResult.success({ ...table(ctx), id: ctx.user.imperal_id, count }, { summary: 'Described.' });
  },
);

ext.schedule('* * * * * *', { name: 'tick', timezone: 'Europe/Berlin' })(async (ctx) => {
  ctx.progress(100);
  const ticks = await ctx.store.list('ticks');
  if (ticks.length === 0)
    await ctx.store.create('ticks', { id: 'first', ...table(ctx), by: ctx.user.imperalId });
});
ext.webhook(
  'ticks',
  'GET',
)(async (ctx) => ({ first: (await ctx.store.get('ticks', 'first'))?.data ?? null }));
