import path from 'node:path';
import { startHost, testChannel, type TestHost } from '../../../src/testing';
import { pluginFolder } from '../../support/plugin-folder';
import { startTokenServer, type TokenServer } from './token-server';

const key = 'ext.ext_spotify';
const someone = `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'dev', module: 'someone', name: 'Someone', version: '1', description: '' });
plugin.post('/start', async ({ query }) =>
  plugin.extensions.call('${key}', 'start_spotify_auth', { imperal_id: query.user }));`;

describe('OAuth callback example', () => {
  const channel = testChannel();
  let accounts: TokenServer;
  let host: TestHost;
  const start = (secrets: Record<string, string>) =>
    startHost({
      plugins: [
        path.join(__dirname, '../../../plugins-example/ext-spotify'),
        pluginFolder({ 'index.ts': someone }),
      ],
      settings: {
        http: { allowHttp: true, allowPrivate: ['127.0.0.1'] },
        plugins: { [key]: { config: { accounts: accounts.url } } },
      },
      secrets: { [key]: secrets },
      channel,
    });
  beforeAll(async () => {
    accounts = await startTokenServer({ clientId: 'client-1', clientSecret: 'secret-1' });
    host = await start({ spotify_client_id: 'client-1', spotify_client_secret: 'secret-1' });
  });
  afterAll(async () => {
    await host.stop();
    await accounts.close();
  });

  const begin = async (user: string, on = host) => {
    const response = await fetch(on.urlOf('dev.someone', `/start?user=${user}`), { method: 'POST' });
    return (await response.json()) as { status: string; data: Record<string, string>; error?: string };
  };
  const callback = async (query: string) => {
    const response = await fetch(`${host.url}/v1/ext/ext-spotify/webhook/callback?${query}`);
    return { status: response.status, body: await response.json() };
  };

  test('start_spotify_auth → authorize → callback → token: the refresh token is kept, and the user told', async () => {
    const { status, data } = await begin('ada');
    expect(status).toBe('success');
    expect(data['redirect_uri']).toBe(`${host.url}/v1/ext/ext-spotify/webhook/callback`);

    // The browser: it is sent to the callback with code and state.
    const response = await fetch(data['auth_url'] ?? '');
    expect([response.status, response.redirected, await response.json()]).toEqual([
      200,
      true,
      { status: 'ok' },
    ]);

    expect(accounts.exchanges).toEqual([
      expect.objectContaining({ grant_type: 'authorization_code', redirect_uri: data['redirect_uri'] }),
    ]);
    await host.idle();
    expect(channel.messages.map(({ chatKey, text }) => [chatKey, text])).toEqual([
      ['console-user-ada', 'Spotify connected. You can now ask me to play your music.'],
    ]);
    expect(host.logs).toContainEqual(
      expect.objectContaining({
        message: 'a secret of a user was set',
        user: 'ada',
        secret: 'spotify_refresh_token',
      }),
    );
    expect(JSON.stringify(host.logs)).not.toMatch(/refresh-code|secret-1/);
  });

  test('a state counts once, and only where somebody began with it', async () => {
    const { data } = await begin('grace');
    const state = new URL(data['auth_url'] ?? '').searchParams.get('state');
    const unknown = { status: 400, body: { error: 'unknown state' } };
    expect(await callback(`code=forged&state=${state}`)).toEqual({
      status: 502,
      body: { error: 'the code was not taken' },
    });
    expect(await callback(`code=forged&state=${state}`)).toEqual(unknown);
    expect(await callback('code=forged&state=invented')).toEqual(unknown);
    expect(await callback('code=forged')).toEqual(unknown);
    expect(await callback(`state=${state}`)).toEqual({ status: 400, body: { error: 'missing code' } });
  });

  test('without client_id the function says what is missing, and nothing is begun', async () => {
    const bare = await start({});
    const result = await begin('ada', bare).finally(() => bare.stop());
    expect(result).toEqual({
      status: 'error',
      error: "Spotify client_id isn't configured. Add it in extension settings.",
      retryable: false,
    });
  });
});
