import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { HostError } from '../../core/errors';
import type { Settings } from '../../core/settings';

const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Keeps pages of other sites away, whatever name they made point here: a page's origin must be the host's own address; and a
 * host that listens on this machine alone is asked under a name of this machine, or its public one.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning (read 2026-11-21)
 */
export function mcpOriginCheck({
  host,
  publicUrl,
}: Pick<Settings, 'host' | 'publicUrl'>): (request: IncomingMessage) => void {
  const publicHost = hostOf(publicUrl);
  const publicName = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  const isLocalOnly = LOCAL_NAMES.includes(host) || host === '::1';
  return ({ headers }) => {
    const asked = headers.host ?? '';
    const name = nameOf(asked);
    if (isLocalOnly && !LOCAL_NAMES.includes(name) && name !== publicName)
      throw new HostError('tools/host-refused', [name.slice(0, 100)]);
    const { origin } = headers;
    if (origin === undefined) return;
    const from = hostOf(origin);
    // The name it is asked under counts for nothing by itself: that is what a page could have made up.
    const isOwn = from !== undefined && from === asked.toLowerCase() && isOwnName(name);
    if (!isOwn && (from === undefined || from !== publicHost))
      throw new HostError('tools/origin-refused', []);
  };
}

/** Names that nobody else can point here: this machine's, and addresses. */
function isOwnName(name: string): boolean {
  return LOCAL_NAMES.includes(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/** Of a `Host` header, lower case and without the port; empty where it is none. */
function nameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}

/** With the port, unless it is its scheme's own. */
function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host || undefined : undefined;
}
