import { networkList } from '../core/network';
import type { Settings } from '../core/settings';

const isLoopbackAddress = networkList(['127.0.0.0/8', '::1']);

/** What of the settings leaves a host open to others, each with what to do about it. */
export function startWarnings(
  settings: Pick<Settings, 'host' | 'publicUrl' | 'trustProxy'> & {
    readonly routes: Pick<Settings['routes'], 'docs'>;
  },
): string[] {
  const { host, publicUrl, trustProxy, routes } = settings;
  const isPlain = publicUrl?.startsWith('https:') === false;
  const warnings: string[] = [];
  if (!isLoopback(host) && publicUrl?.startsWith('https:') !== true && trustProxy === false)
    warnings.push(
      `Others can reach this host at ${host} without TLS: tokens and secrets could be read on their way. Put a proxy with TLS ahead and set publicUrl and trustProxy, or set host to 127.0.0.1.`,
    );
  if (isPlain && !isLoopback(new URL(publicUrl).hostname))
    warnings.push(
      `publicUrl is ${publicUrl}: what senders and operators send there can be read on its way, and nobody can sign in at the console. Serve it over https.`,
    );
  if (routes.docs === 'public')
    warnings.push(
      'routes.docs is public: anybody can read what plugins answer. Set it to operator, or to off, unless that is meant.',
    );
  return warnings;
}

/** By name or address; in brackets, too. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '');
  return plain === 'localhost' || plain.endsWith('.localhost') || isLoopbackAddress(plain);
}
