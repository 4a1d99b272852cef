import { randomUUID } from 'node:crypto';
import { z } from 'gatehouse';
import { ActionResult, ChatExtension, Extension } from 'gatehouse/compat';

export const ext = new Extension('spotify', {
  version: '1.0.0',
  display_name: 'Spotify',
  description: 'Spotify — search, queue, manage your library via AI.',
  icon: 'icon.svg',
  actions_explicit: true,
  config: z.object({ accounts: z.url().default('https://accounts.spotify.com') }),
});
const chat = new ChatExtension(ext, { tool_name: 'spotify', description: 'Spotify integration' });

// The user pastes client_id and client_secret; the extension writes the refresh token after the OAuth dance completes.
ext.secret({
  name: 'spotify_client_id',
  description: 'From developer.spotify.com → app → Settings',
  required: true,
  write_mode: 'user',
  max_bytes: 256,
})(() => undefined);
ext.secret({
  name: 'spotify_client_secret',
  description: 'From developer.spotify.com → app → View client secret',
  required: true,
  write_mode: 'user',
  max_bytes: 512,
})(() => undefined);
ext.secret({
  name: 'spotify_refresh_token',
  description: 'OAuth refresh token — written by extension after authorize.',
  write_mode: 'extension',
  max_bytes: 4096,
})(() => undefined);

chat.function({
  description: 'Start Spotify OAuth — returns the URL the user must visit to authorize.',
  action_type: 'read',
  params: z.object({ imperal_id: z.string().min(1) }),
})(async function start_spotify_auth(ctx, { imperal_id }) {
  const client_id = await ctx.secrets.get('spotify_client_id');
  if (!client_id)
    return ActionResult.error("Spotify client_id isn't configured. Add it in extension settings.", {
      retryable: false,
    });

  // Which user this OAuth dance belongs to: the callback finds it by `state`.
  const state = randomUUID();
  await ctx.store.create('oauth_states', { id: state, imperal_id });

  // Build redirect URI from the canonical app id — never hardcode.
  const redirect_uri = ctx.webhook_url('/callback');
  const accounts = await ctx.config.require('accounts');
  const query = new URLSearchParams({
    client_id,
    redirect_uri,
    response_type: 'code',
    scope: 'user-read-private user-library-read',
    state,
  });
  const auth_url = `${accounts}/authorize?${query}`;
  return ActionResult.success(
    { auth_url, redirect_uri },
    { summary: `Visit ${auth_url} to connect your Spotify account.` },
  );
});

/** Receives Spotify's 302 redirect with ?code=...&state=... */
ext.webhook(
  '/callback',
  'GET',
)(async function oauth_callback(ctx, _headers, _body, query_params) {
  const code = query_params['code'] ?? '';
  const state = query_params['state'] ?? '';
  if (!code) return { status_code: 400, error: 'missing code' };

  // Resolve which user started this OAuth flow; a state counts once.
  const mapping = await ctx.store.get<{ imperal_id: string }>('oauth_states', state);
  if (!mapping || !(await ctx.store.delete('oauth_states', state)))
    return { status_code: 400, error: 'unknown state' };
  const imperal_id = mapping.data.imperal_id;

  const user_ctx = ctx.as_user(imperal_id);
  const client_id = await user_ctx.secrets.get('spotify_client_id');
  const client_secret = await user_ctx.secrets.get('spotify_client_secret');
  const redirect_uri = user_ctx.webhook_url('/callback');

  const token_response = await user_ctx.http.post(`${await ctx.config.require('accounts')}/api/token`, {
    data: { grant_type: 'authorization_code', code, redirect_uri, client_id, client_secret },
  });
  if (!token_response.ok) return { status_code: 502, error: 'the code was not taken' };
  const tokens = token_response.json<{ refresh_token: string }>();
  await user_ctx.secrets.set('spotify_refresh_token', tokens.refresh_token);
  await user_ctx.notify('Spotify connected. You can now ask me to play your music.');
  return { status: 'ok' };
});
