import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import { readPulled, type PulledFacts } from '../core/pulled-facts';
import type { Judgement } from '../core/ports/guards';
import { disownConnection } from '../core/ports/operator-auth';
import { PULLED_HEADER } from '../core/ports/pulls';
import type { GateRequest } from './messages';
import { refusal } from './refused-resolution';
import { pathOf } from './request-path';
import type { Resolution } from './resolution';

/** By request: its header does not stay. */
const pulled = new WeakMap<GateRequest, PulledFacts>();

/**
 * Of a request that another host received and this process passed on through the operator's own socket: what is left of what
 * answers it. Method, target and headers are the other host's to choose, so it is nobody's request from here on, and reaches
 * the plugin it was pulled for and nothing else. Anybody else's header says nothing.
 */
export function confinePulled(request: GateRequest, resolution: Resolution): Resolution {
  const given = request.headers[PULLED_HEADER];
  if (given === undefined || !disownConnection(request.socket)) return resolution;
  const facts = readPulled(given);
  if (facts !== undefined) pulled.set(request, facts);
  return (
    confined(resolution, facts?.plugin) ??
    refusal(new HostError('request/not-found', [pathOf(request.originalUrl)]))
  );
}

function confined(resolution: Resolution, key: string | undefined): Resolution | undefined {
  switch (resolution.kind) {
    case 'endpoint':
    case 'routers':
      return resolution.site.key === key ? resolution : undefined;
    case 'handshake': {
      const otherwise = confined(resolution.otherwise, key);
      return resolution.site.key === key && otherwise !== undefined
        ? { ...resolution, otherwise }
        : undefined;
    }
    case 'shared': {
      const sites = resolution.sites.filter((site) => site.key === key);
      return sites.length === 0 ? undefined : { ...resolution, sites };
    }
    case 'host':
    case 'options':
      return undefined;
    case 'refusal':
      return resolution;
  }
}

/** What lets a request pass that another host verified for this plugin, and that was passed on here. */
export function pulledPass(
  request: GateRequest,
  key: PluginKey,
): Extract<Judgement, { ok: true }> | undefined {
  const facts = pulled.get(request);
  return facts?.plugin === key ? { ok: true, verified: facts.verified, isFinal: true } : undefined;
}
