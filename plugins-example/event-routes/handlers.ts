import type { RouteContext } from 'gatehouse/compat';

interface Repository {
  readonly full_name?: string;
}
export interface Push {
  readonly repository?: Repository;
  readonly ref?: string;
  readonly commits?: readonly unknown[];
}
export interface PullRequest {
  readonly action?: string;
  readonly repository?: Repository;
  readonly pull_request?: { readonly number?: number; readonly title?: string };
}
interface Issue {
  readonly action?: string;
  readonly issue?: { readonly number?: number };
}

/** GitHub: commits were pushed; the chat is told. */
export async function handleGithubPush(payload: Push, { log, message, config }: RouteContext) {
  const repo = payload.repository?.full_name ?? '';
  const branch = payload.ref?.split('/').at(-1) ?? '';
  const commits = payload.commits?.length ?? 0;
  log.info(`GitHub push to ${repo}/${branch}: ${commits} commits`);
  const chatKey = config['NOTIFICATION_CHAT_KEY'] ?? 'console-github';
  await message.sendText(String(chatKey), `**[${repo}]** [${branch}] — ${commits} commits`);
  return { status: 'ok', repo, branch, commits };
}

/** GitHub: something happened to a pull request. */
export function handleGithubPullRequest({ action, pull_request: pr }: PullRequest) {
  return { status: 'ok', action, pr: pr?.number, title: pr?.title };
}

/** GitHub: something happened to an issue. */
export function handleGithubIssue({ action, issue }: Issue) {
  return { status: 'ok', action, issue: issue?.number };
}

/** Slack: an event of a workspace. */
export function handleSlackEvent({ event }: { readonly event?: { readonly type?: string } }) {
  return { status: 'ok', event_type: event?.type ?? '' };
}

/** Stripe: whatever has no handler of its own. */
export function handleStripeWebhook({ type }: { readonly type?: string }) {
  return { status: 'ok', event_type: type ?? '' };
}

/** Catches what nobody else handles. */
export function handleDefault(payload: unknown, { log }: RouteContext) {
  log.info(`Default handler: ${JSON.stringify(payload).slice(0, 200)}`);
  return { status: 'processed' };
}
