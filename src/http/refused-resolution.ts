import { HostError } from '../core/errors';
import { SOCKET_METHOD } from '../core/server-socket';
import type { OldAddress, Resolution, Trace } from './resolution';
import type { Site } from './site';

export function missed(
  method: string,
  path: string,
  allowed: readonly string[],
  old: OldAddress | undefined,
  trace: Trace,
): Resolution {
  const isLegacy = old !== undefined;
  if (allowed.length === 0) {
    trace?.('nothing is declared at this path');
    return { ...refusal(new HostError('request/not-found', [path]), isLegacy), old };
  }
  const allow = allowed.join(', ');
  trace?.(`declared at this path: ${allow}`);
  if (method === 'OPTIONS') return { kind: 'options', allow, old };
  const upgrade = upgradeMiss(method, allowed);
  if (upgrade !== undefined) return { ...refusal(upgrade, isLegacy), old };
  const asked = method === SOCKET_METHOD ? 'GET' : method;
  const error = new HostError('request/method-not-allowed', [asked, allow], { headers: { allow } });
  return { ...refusal(error, isLegacy), old };
}

/** GET is served, but the other kind of it: a WebSocket where none is asked for, or none where one is. */
function upgradeMiss(method: string, allowed: readonly string[]): HostError | undefined {
  if (!allowed.includes('GET')) return undefined;
  if (method === SOCKET_METHOD) return new HostError('request/upgrade-refused', ['websocket']);
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  // RFC 9110 §15.5.22, §7.8
  return new HostError('request/upgrade-required', [], {
    headers: { upgrade: 'websocket', connection: 'Upgrade' },
  });
}

export function notReady(site: Site, isLegacy: boolean): Resolution {
  return refusal(notReadyError(site.key), isLegacy);
}
/** What a caller is told about a plugin that is known but serves nothing. */
export function notReadyError(key: string): HostError {
  return new HostError('plugin/not-ready', [key], { headers: { 'retry-after': '5' } });
}
export function refusal(error: HostError, isLegacy = false) {
  return { kind: 'refusal' as const, error, isLegacy };
}
