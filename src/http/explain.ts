import { describeAccess, isOpen } from '../core/access';
import type { Endpoint } from '../core/declaration';
import { isHostError } from '../core/errors';
import type { Explanation } from '../core/ports/explain';
import { SOCKET_METHOD } from '../core/server-socket';
import type { Gate } from './gate';
import { toOriginForm } from './request-path';
import { resolve, type Resolution } from './resolution';

/** Says what would answer `method` at `path`, and why, without running anything. */
export function explain(gate: Gate, method: string, path: string): Explanation {
  const steps: string[] = [];
  const asked = { method: method.toUpperCase(), path };
  try {
    const target = toOriginForm(path) ?? `/${path}`;
    const { urlBytes } = gate.parts.settings.limits;
    if (target.length > urlBytes) return { ...asked, status: 414, steps: [`longer than ${urlBytes} bytes`] };
    const resolution = resolve(gate.sites, gate.parts.prefixAliases, asked.method, target, (step) =>
      steps.push(step),
    );
    if (asked.method === SOCKET_METHOD && resolution.kind !== 'endpoint' && resolution.kind !== 'refusal') {
      steps.push('what is there serves no WebSockets');
      return { ...asked, status: 501, steps };
    }
    return { ...asked, ...describe(gate, resolution, steps), steps };
  } catch (refusal) {
    if (!isHostError(refusal)) throw refusal;
    steps.push(refusal.message);
    return { ...asked, status: refusal.status, steps };
  }
}

function describe(
  gate: Gate,
  resolution: Resolution,
  steps: string[],
): Omit<Explanation, 'method' | 'path' | 'steps'> {
  switch (resolution.kind) {
    case 'endpoint': {
      const { site, live, match, old } = resolution;
      const { endpoint } = match.target;
      if (old !== undefined) steps.push(`this is an old address; use ${old.successor}`);
      if (isOpen(endpoint.access)) steps.push('it is open: anybody may call it, and nothing tells who did');
      if (match.target.guard !== undefined)
        steps.push(`it asks for ${describeAccess(endpoint.access)}: anybody else is answered 401`);
      if (match.target.socket !== undefined) steps.push('it serves WebSockets');
      const around = describeAround(endpoint);
      if (around !== '') steps.push(`its own code may still refuse: ${around}`);
      return {
        status: match.target.socket === undefined ? 200 : 101,
        plugin: site.key,
        generation: live.generation,
        endpoint: outlineOf(endpoint),
        params: { ...match.params },
      };
    }
    case 'routers': {
      const { site, live, routes, path, old } = resolution;
      if (old !== undefined) steps.push(`this is an old address; use ${old.successor}`);
      const covering = routes.subtree(path, 0)?.match;
      steps.push('the Router decides: what it does not answer is 404');
      return {
        status: 200,
        plugin: site.key,
        generation: live.generation,
        ...(covering === undefined ? {} : { endpoint: outlineOf(covering.target.endpoint) }),
      };
    }
    case 'handshake':
      steps.push('a handshake of its sender is answered by the host; anything else is not');
      return describe(gate, resolution.otherwise, steps);
    case 'options':
      steps.push('the host answers OPTIONS for declared endpoints');
      return { status: 204 };
    case 'shared': {
      const keys = resolution.sites.map((site) => site.key);
      const chosen = gate.parts.shared?.choose(resolution.path, keys) ?? [];
      steps.push(`shared by ${keys.join(', ')}; runs ${chosen.join(', ') || 'none'}`);
      return { status: chosen.length > 0 ? 200 : 404 };
    }
    case 'host':
      steps.push('that application decides: what it does not answer is 404');
      return { status: 200 };
    case 'refusal':
      steps.push(resolution.note ?? resolution.error.message);
      return { status: resolution.error.status };
  }
}

/** What of an endpoint's own runs before its handler. */
function describeAround({ provide = [], use = [] }: Endpoint): string {
  const names = [...new Set(provide.map(({ name }) => name))];
  return [
    ...(names.length > 0 ? [`provides ${names.join(', ')}`] : []),
    ...(use.length > 0 ? [`uses ${use.length} middleware`] : []),
  ].join(', ');
}

function outlineOf(endpoint: Endpoint): NonNullable<Explanation['endpoint']> {
  const { method, path, origin, access } = endpoint;
  return { method, path, origin: `${origin.where} (${origin.dialect})`, access: describeAccess(access) };
}
