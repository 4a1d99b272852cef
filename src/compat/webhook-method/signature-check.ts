import { createHmac } from 'node:crypto';
import { timingSafeEqual } from '../../core/by-hand';
import { HostError } from '../../core/errors';
import type { RequestHeaders } from '../../core/exchange';

type Check = (headers: RequestHeaders, raw: () => Buffer, secret: string) => boolean;

/**
 * What `request.verify` knows.
 * github: `X-Hub-Signature-256: sha256=<hex HMAC-SHA256 of the exact body>`.
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * gitlab: `X-Gitlab-Token: <the secret itself>`.
 * @see https://docs.gitlab.com/user/project/integrations/webhooks/
 */
const checks = {
  github: (headers, raw, secret) =>
    timingSafeEqual(
      `sha256=${createHmac('sha256', secret).update(raw()).digest('hex')}`,
      headers.get('x-hub-signature-256') ?? '',
    ),
  gitlab: (headers, _raw, secret) => timingSafeEqual(secret, headers.get('x-gitlab-token') ?? ''),
} satisfies Record<string, Check>;

export type SignatureScheme = keyof typeof checks;

/**
 * Whether the request was signed with `secret`. Constant-time; an empty or missing secret is never a match.
 * @throws compat/unknown-scheme
 */
export function isSigned(
  scheme: SignatureScheme,
  secret: string | undefined,
  request: { readonly headers: RequestHeaders; readonly raw: () => Buffer },
): boolean {
  if (!Object.hasOwn(checks, scheme))
    throw new HostError('compat/unknown-scheme', [String(scheme), Object.keys(checks).join(', ')]);
  if (typeof secret !== 'string' || secret === '') return false;
  return checks[scheme](request.headers, request.raw, secret);
}
