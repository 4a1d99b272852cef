import type { Logger } from 'winston';
import {
  describeAccess,
  isOpen,
  isVerifying,
  modesOf,
  type AccessMode,
  type EndpointAccess,
} from '../core/access';
import type { Declaration, Endpoint } from '../core/declaration';
import { normaliseEndpoint, saidByPath } from '../core/endpoint-path';
import type { PluginKey } from '../core/plugin-key';
import type { EndpointSettings, Settings } from '../core/settings';

export interface OperatorAccessOptions {
  /** Of endpoints whose author does not say. */
  readonly defaultAccess: Settings['routes']['defaultAccess'];
  readonly perPlugin: Settings['perPlugin'];
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Gives endpoints of any dialect the access that the operator wants, without touching the plugin: what is said of their
 * path (of a Router: the path it is mounted at), else the author's, else the host's own. What asks for less than the
 * author does counts only with `force`, and is logged; without it the author's stays, which is logged too.
 */
export function operatorAccess({
  defaultAccess,
  perPlugin,
  logger,
}: OperatorAccessOptions): (key: PluginKey, declarations: Iterable<Declaration>) => Iterable<Declaration> {
  return (key, declarations) => {
    const byPath = saidByPath(perPlugin[key] ?? {}, 'access');
    const found = new Set<string>();
    const revised = [...declarations].map((declaration) => {
      if (declaration.kind !== 'endpoint') return declaration;
      const path = normaliseEndpoint(declaration.path);
      const standard = withDefault(declaration, defaultAccess);
      const said = byPath.get(path);
      if (said === undefined) return standard;
      found.add(path);
      return given(declaration, standard, said, { key, setting: settingOf(key, path), logger });
    });
    for (const path of byPath.keys())
      if (!found.has(path))
        logger.warn(
          `${settingOf(key, path)} has no effect: ${key} declares no endpoint there (a Router goes by the path it is mounted at)`,
          { plugin: key },
        );
    return revised;
  };
}

const settingOf = (key: PluginKey, path: string) => `plugins.${key}.endpoints.${path}.access`;

interface Place {
  readonly key: PluginKey;
  readonly setting: string;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Of endpoints that are open because nobody said anything. */
function withDefault(endpoint: Endpoint, defaultAccess: OperatorAccessOptions['defaultAccess']): Endpoint {
  if (defaultAccess === 'public' || endpoint.isAccessChosen === true || !isOpen(endpoint.access))
    return endpoint;
  return { ...endpoint, access: defaultAccess, accessOrigin: 'routes.defaultAccess' };
}

function given(
  declared: Endpoint,
  standard: Endpoint,
  { access, force = false }: EndpointSettings & { readonly access: EndpointAccess },
  { key, setting, logger }: Place,
): Endpoint {
  const wanted = { ...declared, access, isAccessChosen: true, accessOrigin: setting };
  if (isFree(declared.access, standard.access, access)) return wanted;
  const endpoint = `${declared.method} ${declared.path}`;
  const [before, after] = [describeAccess(standard.access), describeAccess(access)];
  const line = { plugin: key, endpoint, before, after };
  if (force) {
    logger.warn('audit: access loosened', { ...line, setting });
    return wanted;
  }
  logger.warn(
    `${setting} is not applied: it asks for less than "${before}", which stays; with \`force: true\` beside it, it counts`,
    line,
  );
  return standard;
}

/**
 * Whether nobody may ask who may not ask now: everything asked for is asked for still, or the operator alone may. Who asks
 * an endpoint that its author left open may be verified even where the host closes those by default.
 */
function isFree(declared: EndpointAccess, standard: EndpointAccess, wanted: EndpointAccess): boolean {
  const modes = modesOf(wanted);
  if (modes.includes('operator')) return true;
  if (isOpen(declared) && modes.some(isVerifying)) return true;
  const kept = new Set(modes.map(written));
  return modesOf(standard).every((mode) => mode === 'public' || kept.has(written(mode)));
}

/** The same text for the same mode, whoever wrote it: values of plugins may be of another realm. */
function written(mode: AccessMode): string {
  return JSON.stringify(mode, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
