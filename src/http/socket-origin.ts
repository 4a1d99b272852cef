import { admitsOperator, modesOf, type AccessMode } from '../core/access';
import { HostError } from '../core/errors';
import type { GateRequest } from './messages';
import type { Target } from './target';

/**
 * A browser opens a WebSocket for the page of any site. Where that page proves who asks, it may; where the browser does so
 * by itself, or the place it runs at, the page must be ours or one that the endpoint names (RFC 6455 §10.2).
 * @throws request/origin-refused (403)
 */
export function checkOrigin(request: GateRequest, target: Target, publicUrl: string | undefined): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const { access, serve } = target.endpoint;
  const named = 'connect' in serve ? serve.limits.origins : undefined;
  if (named === undefined && !modesOf(access).some(isAmbient)) return;
  if (named?.includes('*') === true || named?.includes(origin) === true) return;
  const own = hostOf(origin);
  if (own !== undefined && (own === request.headers.host?.toLowerCase() || own === hostOf(publicUrl))) return;
  throw new HostError('request/origin-refused', []);
}

/** Given without the page that asks having to know anything. */
function isAmbient(mode: AccessMode): boolean {
  return admitsOperator(mode) || (typeof mode === 'object' && ('basic' in mode || 'allowFrom' in mode));
}

/** With the port, unless it is its scheme's own. */
function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host || undefined : undefined;
}
