import { eventRoutes } from 'gatehouse/compat';
import {
  handleDefault,
  handleGithubIssue,
  handleGithubPush,
  handleSlackEvent,
  handleStripeWebhook,
} from './handlers';
import { handleStripeInvoicePaid, pollGithub, reviewPullRequest } from './recipes';

const about = {
  author: 'example',
  module: 'event_routes',
  name: 'Event routes',
  description: 'Tables of events and who answers them, one for each sender.',
};

export const github = eventRoutes({
  ...about,
  path: '/github',
  provider: 'github',
  secret: 'GITHUB_WEBHOOK_SECRET',
  on: { push: handleGithubPush, pull_request: reviewPullRequest, issues: handleGithubIssue },
  otherwise: handleDefault,
  schedules: { 'GitHub webhook relay': { cron: '*/5 * * * *', timezone: 'UTC', run: pollGithub } },
});

export const slack = eventRoutes({
  ...about,
  path: '/slack',
  provider: 'slack',
  secret: 'SLACK_SIGNING_SECRET',
  on: { event_callback: handleSlackEvent },
});

export const stripe = eventRoutes({
  ...about,
  path: '/stripe',
  provider: 'stripe',
  secret: 'STRIPE_WEBHOOK_SECRET',
  on: { 'invoice.paid': handleStripeInvoicePaid, 'customer.subscription.deleted': handleStripeWebhook },
});
