import { logged } from '../lib/log.js';

export const config = { timeout: 15000 };

// POST /api/apps/file-handlers/_hook/github?token=…
export async function POST({ crypto, request, env, query }) {
  const signature = (request.headers['x-hub-signature-256'] || '').replace(/^sha256=/, '');
  const isSigned = await crypto.verifyHmac('sha256', env.GITHUB_WEBHOOK_SECRET, request.rawBody, signature);
  if (!isSigned) return { status: 401, body: { error: 'Invalid signature' } };
  await logged(query, 'github', request.headers['x-github-event'], request.body);
  return { ok: true };
}
