import { verifyHmac } from 'gatehouse';
import type { RouteContext, TickContext } from 'gatehouse/compat';
import { handleGithubPullRequest, type PullRequest } from './handlers';

interface StripeEvent {
  readonly created?: number;
  readonly data?: {
    readonly object?: {
      readonly id?: string;
      readonly amount_paid?: number;
      readonly customer_email?: string;
    };
  };
}

/** A paid invoice becomes a record, once; what it writes is kept with the success of its job. */
export async function handleStripeInvoicePaid({ data, created = 0 }: StripeEvent, { store }: RouteContext) {
  const { id = '', amount_paid: cents = 0, customer_email: customer = '' } = data?.object ?? {};
  const record = { id, amount: cents / 100, customer, date: new Date(created * 1_000).toISOString() };
  if ((await store.get('invoices', id)) === undefined) await store.create('invoices', record);
  return { status: 'recorded' };
}

/** What the agent is told of an event; the words in it are the sender's. */
export function routeToAgent(event: string, payload: PullRequest & StripeEvent & { readonly ref?: string }) {
  const { amount_paid: cents = 0, customer_email: customer = '' } = payload.data?.object ?? {};
  const messages: Readonly<Record<string, string>> = {
    push: `New GitHub push: ${payload.repository?.full_name ?? ''} on ${payload.ref ?? ''}. Check for breaking changes and report.`,
    pull_request: `PR opened: ${payload.pull_request?.title ?? ''}. Review the diff and post findings to #pr-review channel.`,
    'invoice.paid': `Payment received: $${cents / 100} from ${customer}. Record to Notion.`,
  };
  return messages[event] ?? `Webhook event: ${event}`;
}

/** A pull request becomes a task for the agent: what came in is given to it as data, never as its orders. */
export async function reviewPullRequest(payload: PullRequest, { agent, event, exchange }: RouteContext) {
  if (payload.action === 'opened')
    await agent.run({
      prompt: 'A webhook tells of a pull request. Review it and report what you find.',
      untrusted: { message: routeToAgent(event, payload) },
      channel: 'console-pr-review',
      from: exchange,
    });
  return handleGithubPullRequest(payload);
}

/** Every five minutes: the agent looks for events itself, apart from any chat, and tells one what it found. */
export async function pollGithub({ agent, job }: TickContext) {
  await agent.run({
    prompt:
      'Look for new GitHub events. For each new push or pull request write: **[REPO]** [BRANCH] — N commits.',
    channel: 'console-github',
    deliver: 'announce',
    context: 'isolated',
    from: job,
  });
}

/** GitHub's signature, by hand: `provider: 'github'` does the same before a handler runs. */
export function verifyGithubSignature(payload: Uint8Array, signature: string, secret: string): boolean {
  return signature.startsWith('sha256=') && verifyHmac('sha256', secret, payload, signature.slice(7));
}

/** Slack's; that the moment is of now is for the caller to see. */
export function verifySlackSignature(
  payload: Uint8Array,
  timestamp: string,
  signature: string,
  secret: string,
): boolean {
  const base = Buffer.concat([Buffer.from(`v0:${timestamp}:`), payload]);
  return signature.startsWith('v0=') && verifyHmac('sha256', secret, base, signature.slice(3));
}

/** Stripe's, of `t=<timestamp>,v1=<signature>`; that the moment is of now is for the caller to see. */
export function verifyStripeSignature(payload: Uint8Array, header: string, secret: string): boolean {
  const elements = header.split(',').map((item) => item.trim().split('='));
  const valueOf = (name: string) => elements.find(([key]) => key === name)?.[1] ?? '';
  const signed = Buffer.concat([Buffer.from(`${valueOf('t')}.`), payload]);
  return verifyHmac('sha256', secret, signed, valueOf('v1'));
}
