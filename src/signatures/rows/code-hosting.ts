import type { SignatureRow } from '../../core/signature-row';
import { bodyMac, DAY_MS, header, json, signed, token, unconfirmed, unsigned } from './shorthand';

const GITLAB = 'https://docs.gitlab.com/user/project/integrations/webhooks/';
const GITLAB_NOTES = [
  'Disabled after repeated failures; no retries. Bodies up to 25 MB.',
  unconfirmed('disabling'),
];

const gitlabToken: SignatureRow = token('gitlab-token', 'GitLab, secret token', header('X-Gitlab-Token'), {
  // A token signs nothing, so its id is as good as the token. `X-Gitlab-Event-UUID` is none: events that cause events share it.
  delivery: [unsigned(header('Idempotency-Key'))],
  event: [header('X-Gitlab-Event'), json('object_kind')],
  ack: { deadlineMs: 10_000 },
  notes: GITLAB_NOTES,
  source: GITLAB,
});

const gitea = (id: string, title: string, name: string, source: string): SignatureRow => ({
  ...bodyMac(id, title, { header: `X-${name}-Signature` }),
  // The JSON is signed, not the form or query it may be put into.
  signed: ['payload'],
  delivery: [unsigned(header(`X-${name}-Delivery`))],
  event: [header(`X-${name}-Event`)],
  ack: { deadlineMs: 5_000 },
  notes: ['Any 2xx is success; no retries. In a form only its `payload` is signed.'],
  source,
});

/** Where code and its issues are. */
export const codeHostingRows: readonly SignatureRow[] = [
  bodyMac(
    'github',
    'GitHub',
    { header: 'X-Hub-Signature-256', prefix: 'sha256=' },
    {
      delivery: [unsigned(header('X-GitHub-Delivery'))],
      event: [header('X-GitHub-Event')],
      dedupeWindowMs: 4 * DAY_MS,
      ack: { deadlineMs: 10_000 },
      notes: ['No automatic retries; redelivered by hand or API within 3 days. Bodies up to 25 MB.'],
      source: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
    },
  ),
  {
    id: 'gitlab',
    title: 'GitLab',
    kind: 'hmac',
    signature: {
      from: header('webhook-signature'),
      parse: 'list',
      separator: ' ',
      prefix: 'v1,',
      encoding: 'base64',
    },
    key: { encoding: 'base64', strip: 'whsec_' },
    weaker: gitlabToken,
    signed: [header('webhook-id'), { literal: '.' }, 'timestamp', { literal: '.' }, 'body'],
    time: { from: header('webhook-timestamp'), unit: 's', past: 300, future: 300 },
    delivery: [signed(header('webhook-id'))],
    event: [header('X-Gitlab-Event'), json('object_kind')],
    ack: { deadlineMs: 10_000 },
    notes: [
      'A secret that starts with `whsec_` is a signing token: once there is one, the plain secret token no longer opens.',
      ...GITLAB_NOTES,
    ],
    source: GITLAB,
  },
  gitlabToken,
  bodyMac(
    'bitbucket',
    'Bitbucket Cloud',
    { header: 'X-Hub-Signature', prefix: 'sha256=' },
    {
      delivery: [unsigned(header('X-Request-UUID'))],
      event: [header('X-Event-Key')],
      ack: { deadlineMs: 10_000 },
      notes: [unconfirmed('deadline, two more attempts')],
      source: 'https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/',
    },
  ),
  gitea('gitea', 'Gitea', 'Gitea', 'https://docs.gitea.com/usage/webhooks'),
  gitea('forgejo', 'Forgejo', 'Forgejo', 'https://forgejo.org/docs/latest/user/webhooks/'),
  bodyMac(
    'jira',
    'Jira Cloud',
    { header: 'X-Hub-Signature', prefix: 'sha256=' },
    {
      delivery: [unsigned(header('X-Atlassian-Webhook-Identifier'))],
      event: [json('webhookEvent')],
      ack: { deadlineMs: 30_000 },
      notes: ['Up to 5 retries. Only webhooks that were given a secret are signed.'],
      source: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/',
    },
  ),
  {
    ...bodyMac('linear', 'Linear', { header: 'Linear-Signature' }),
    time: { from: json('webhookTimestamp'), unit: 'ms', past: 60, future: 60 },
    delivery: [unsigned(header('Linear-Delivery'))],
    event: [header('Linear-Event'), json('type')],
    ack: { deadlineMs: 5_000 },
    notes: ['Retries after 1 min, 1 h and 6 h. `Linear-Timestamp` is not signed and is ignored.'],
    source: 'https://linear.app/developers/webhooks',
  },
  bodyMac(
    'sentry',
    'Sentry',
    { header: 'Sentry-Hook-Signature' },
    {
      delivery: [unsigned(header('Request-ID'))],
      event: [header('Sentry-Hook-Resource')],
      ack: { deadlineMs: 1_000 },
      notes: ['No retries; 1,000 timeouts in a day unsubscribe. `Sentry-Hook-Timestamp` is not signed.'],
      source: 'https://docs.sentry.io/organization/integrations/integration-platform/webhooks/',
    },
  ),
  bodyMac(
    'vercel',
    'Vercel',
    { header: 'x-vercel-signature', hash: 'sha1' },
    {
      delivery: [signed(json('id'))],
      event: [json('type')],
      ack: { deadlineMs: 30_000 },
      notes: ['SHA-1, not SHA-256.', unconfirmed('deadline, retries for 24 h')],
      source: 'https://vercel.com/docs/webhooks/webhooks-api',
    },
  ),
  bodyMac(
    'vercel-drain',
    'Vercel drains',
    { header: 'x-vercel-signature', hash: 'sha1' },
    {
      handshake: 'vercel-drain',
      ack: { status: 200, deadlineMs: 10_000 },
      notes: [unconfirmed('deadline')],
      source: 'https://vercel.com/docs/drains/security',
    },
  ),
  {
    ...bodyMac('pagerduty', 'PagerDuty v3', { header: 'X-PagerDuty-Signature' }),
    signature: { from: header('X-PagerDuty-Signature'), parse: 'list', prefix: 'v1=', encoding: 'hex' },
    delivery: [signed(json('event.id'))],
    event: [json('event.event_type')],
    ack: { deadlineMs: 5_000 },
    notes: ['Retries for 48 h on 5xx, 429 and timeouts; any other 4xx drops the event.'],
    source: 'https://developer.pagerduty.com/docs/verifying-webhook-signatures',
  },
  {
    ...bodyMac('trello', 'Trello', { header: 'x-trello-webhook', encoding: 'base64', hash: 'sha1' }),
    signed: ['body', 'url'],
    url: 'registered',
    delivery: [signed(json('action.id'))],
    event: [json('action.type')],
    handshake: 'head',
    notes: ['The address must be the one registered, byte for byte. Three retries: 30, 60 and 120 s.'],
    source: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures',
  },
  bodyMac(
    'cursor',
    'Cursor',
    { header: 'x-webhook-signature', prefix: 'sha256=' },
    {
      event: [json('event')],
      source: 'https://docs.cursor.com/account/cloud-agent-webhooks',
    },
  ),
  token('huggingface', 'Hugging Face', header('X-Webhook-Secret'), {
    event: [json('event.scope')],
    notes: ['At most 1,000 deliveries a day.'],
    source: 'https://huggingface.co/docs/hub/webhooks#webhook-secret',
  }),
];
