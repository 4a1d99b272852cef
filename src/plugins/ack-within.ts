/**
 * How soon senders want their answer, less what the way there and back takes: `answer: ackWithin.slack`. Where a sender
 * names no time the least that is safe stands.
 */
export const ackWithin = {
  /** 10 s. @see https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks */
  github: { ackWithinMs: 9_000 },
  /** 10 s. @see https://docs.gitlab.com/user/project/integrations/webhooks/ */
  gitlab: { ackWithinMs: 9_000 },
  /** 10 s. @see https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/ */
  bitbucket: { ackWithinMs: 9_000 },
  /** 5 s unless configured. @see https://docs.gitea.com/administration/config-cheat-sheet#webhook-webhook */
  gitea: { ackWithinMs: 4_000 },
  /** 3 s. @see https://docs.slack.dev/apis/events-api/ */
  slack: { ackWithinMs: 2_500 },
  /** 3 s. @see https://docs.discord.com/developers/interactions/receiving-and-responding */
  discord: { ackWithinMs: 2_500 },
  /** 3 s. @see https://developers.zoom.us/docs/api/webhooks/ */
  zoom: { ackWithinMs: 2_500 },
  /** 3 s. @see https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks */
  graph: { ackWithinMs: 2_500 },
  /** 3 s. @see https://developer.okta.com/docs/concepts/event-hooks/ */
  okta: { ackWithinMs: 2_500 },
  /** 2 s. @see https://developers.line.biz/en/docs/messaging-api/receiving-messages/ */
  line: { ackWithinMs: 1_500 },
  /** 1 s. @see https://docs.sentry.io/organization/integrations/integration-platform/webhooks/ */
  sentry: { ackWithinMs: 700 },
  /** 5 s. @see https://shopify.dev/docs/apps/build/webhooks/subscribe/https */
  shopify: { ackWithinMs: 4_000 },
  /** 5 s. @see https://linear.app/developers/webhooks */
  linear: { ackWithinMs: 4_000 },
  /** 5 s. @see https://developer.paddle.com/webhooks/respond-to-webhooks */
  paddle: { ackWithinMs: 4_000 },
  /** 5 s. @see https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide */
  hubspot: { ackWithinMs: 4_000 },
  /** "Promptly". @see https://docs.stripe.com/webhooks */
  stripe: { ackWithinMs: 4_000 },
  /** 15 s. @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
  twilio: { ackWithinMs: 13_000 },
  /** 15 s. @see https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html */
  sns: { ackWithinMs: 13_000 },
  /** 15 s at least. @see https://docs.svix.com/retries */
  svix: { ackWithinMs: 13_000 },
} as const satisfies Readonly<Record<string, { readonly ackWithinMs: number }>>;
