/** The JavaScript of the old documentation, as it stands there, by the file it is for. */
export const documentedFiles: Readonly<Record<string, string>> = {
  'webhooks/gmail/push.js': `// webhooks/gmail/push.js
export const config = { timeout: 15000 };
export async function POST({ query, request, fetch, emit, log, crypto, env }) {
const payload = request.body;
await query('INSERT INTO webhook_log (source, payload) VALUES ($1, $2)',
['gmail', JSON.stringify(payload)]);
// Trigger an agent via event
await emit('gmail_notification', { historyId: payload.historyId });
return { status: 200, body: { ok: true } };
}
`,
  'webhooks/github.js': `// webhooks/github.js
export async function POST({ crypto, request, env, query }) {
// GitHub sends \`x-hub-signature-256: sha256=<hex>\`
const signature = (request.headers['x-hub-signature-256'] || '').replace(/^sha256=/, '');
if (!signature) return { status: 401, body: { error: 'Missing signature' } };
// Verify over the RAW body bytes — not parsed JSON
const ok = await crypto.verifyHmac('sha256', env.GITHUB_WEBHOOK_SECRET, request.rawBody, signature);
if (!ok) {
return { status: 401, body: { error: 'Invalid signature' } };
}
const event = request.body;
await query('INSERT INTO webhook_log (source, event, payload) VALUES ($1, $2, $3)',
['github', request.headers['x-github-event'], JSON.stringify(event)]);
return { ok: true };
}
`,
  'webhooks/my-callback.js': `// webhooks/my-callback.js
export async function POST({ request, crypto, env }) {
const ok = await crypto.timingSafeEqual(request.headers['x-webhook-secret'] || '', env.CALLBACK_SECRET);
if (!ok) {
return { status: 401, body: { error: 'Unauthorized' } };
}
return { received: true };
}
`,
  'webhooks/slack/commands.js': `export const config = { timeout: 25000 };
export async function POST({ respond, fetch, request }) {
await respond({ status: 200, body: { received: true } }); // ack now
// ...slower processing continues here
}
`,
};

/** How it stores secrets: the body of an async function of `fetch` and `appId`. */
export const documentedUpdate = `await fetch(\`/api/apps/\${appId}\`, {
method: 'PUT',
headers: { 'Content-Type': 'application/json' },
body: JSON.stringify({
defn: { env: { GITHUB_WEBHOOK_SECRET: 'your-secret-here' } }
})
});
`;
