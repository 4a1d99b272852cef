import express, { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Endpoint } from '../../core/declaration';
import { hasSignedUrl, signedPath } from '../../core/endpoint-path';
import { isSecretName } from '../../core/declared-secrets';
import { HostError, isHostError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { LegacyRoutesNeeds } from '../../core/ports/legacy-layer';
import { appBases } from './app';
import { isAppId } from './app-manifest';

/** Of an app's environment: many values of 16 KiB. */
const LARGEST_BODY = '1mb';
const MOST_VALUES = 200;
const NO_JSON = 'the body is a JSON object { defn: { env: { NAME: value } } }, sent as application/json';

interface FoundApp {
  readonly key: PluginKey;
  readonly endpoints: readonly Endpoint[];
}

/**
 * What operators ask of apps, below `/api/apps`: `GET /<id>/webhooks` lists its webhooks with their public addresses, tokens
 * included; `PUT /<id>` takes `{ defn: { env: { NAME: value } } }` and stores the values as secrets of the app, of which no answer
 * holds any; null takes a value away.
 */
export function createAppsRouter(needs: LegacyRoutesNeeds): Router {
  const router = Router({ caseSensitive: true });
  const only = onlyOperators(needs);
  router.get('/:id/webhooks', only, ({ params: { id } }, response) => {
    const app = findApp(needs, String(id));
    response.json({ app: id, plugin: app.key, webhooks: webhooksOf(needs, String(id), app) });
  });
  router.put('/:id', only, express.json({ limit: LARGEST_BODY }));
  router.use(refuseBody);
  router.put('/:id', async ({ params: { id }, body }, response) => {
    const { key } = findApp(needs, id);
    const values = valuesIn(body);
    for (const [name, value] of values)
      if (value === null) await needs.secrets.remove(key, name);
      else await needs.secrets.set(key, name, value);
    const named = (isKept: boolean) =>
      values.filter(([, value]) => (value !== null) === isKept).map(([name]) => name);
    response.json({ app: id, plugin: key, stored: named(true), removed: named(false) });
  });
  return router;
}

function onlyOperators({ operatorAuth }: LegacyRoutesNeeds): RequestHandler {
  return (request, response, next) => {
    response.set('cache-control', 'no-store');
    if (operatorAuth.allows(request)) next();
    else next(new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } }));
  };
}

/** The plugin that alone claims the addresses of an app. @throws compat/unknown-app */
function findApp({ table }: LegacyRoutesNeeds, id: string): FoundApp {
  if (isAppId(id))
    for (const base of Object.values(appBases(id))) {
      const [only, ...others] = table.claimants(base);
      if (only === undefined || others.length > 0) continue;
      const seat = table.get(only.key);
      const mount = seat?.live === undefined ? seat?.absent.mount : seat.live.mount;
      return { key: only.key, endpoints: mount?.endpoints ?? [] };
    }
  throw new HostError('compat/unknown-app', [id]);
}

function webhooksOf({ signedUrls, publicUrl, clock }: LegacyRoutesNeeds, id: string, app: FoundApp) {
  const origin = (publicUrl ?? '').replace(/\/+$/, '');
  const { hookBase } = appBases(id);
  const byPath = new Map<string, Endpoint[]>();
  for (const endpoint of app.endpoints)
    for (const { base, path } of endpoint.aliases)
      if (base === hookBase) byPath.set(path, [...(byPath.get(path) ?? []), endpoint]);
  return [...byPath].map(([path, endpoints]) => {
    const [signed] = endpoints.filter(hasSignedUrl);
    const token = signed && signedUrls.current(app.key, signedPath(signed), clock.now());
    const address = `${origin}${hookBase}${path === '/' ? '' : path}`;
    return {
      path,
      methods: endpoints.map(({ method }) => method),
      file: endpoints[0]?.origin.where,
      url: token === undefined ? address : `${address}?token=${token}`,
    };
  });
}

/** The parser's own messages quote the body, and with it the secrets. */
const refuseBody: ErrorRequestHandler = (error: { readonly status?: unknown }, _request, _response, next) => {
  if (isHostError(error)) next(error);
  else next(badRequest(error.status === 413 ? 'the body is too large' : NO_JSON));
};

/** Checked as a whole before anything is stored; what is refused is not quoted. */
function valuesIn(body: unknown): [name: string, value: string | null][] {
  const env = member(member(body, 'defn'), 'env');
  if (typeof env !== 'object' || env === null || Array.isArray(env)) throw badRequest(NO_JSON);
  const entries = Object.entries(env as Record<string, unknown>);
  if (entries.length > MOST_VALUES) throw badRequest(`defn.env holds more than ${MOST_VALUES} values`);
  for (const [name, value] of entries)
    if (!isSecretName(name)) throw badRequest('a name in defn.env is none that a variable can have');
    else if (value !== null && (typeof value !== 'string' || value === ''))
      throw badRequest('each value of defn.env is a text that is not empty, or null');
  return entries as [string, string | null][];
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function badRequest(why: string): HostError {
  return new HostError('compat/bad-app-request', [why]);
}
