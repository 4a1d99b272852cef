import type { Alias, Declarer, Endpoint, FieldRule, FileRule } from '../../core/declaration';
import { DURABLE_RULES, durableParts, type DurableOptions } from '../../core/durable-options';
import { normaliseEndpoint } from '../../core/endpoint-path';
import { HostError, isHostError } from '../../core/errors';
import type { Awaitable, Exchange, Method } from '../../core/exchange';
import { GATE_RULES, gateIssues, gateParts, type GateOptions } from '../../core/gate-options';
import { shortBase } from '../../core/mount';
import { aText, checkOptions, PART_RULES } from '../../core/option-issues';
import type { PluginKey } from '../../core/plugin-key';
import { GLOBAL_ADDRESS, MODULE_ADDRESS, PLUGIN_ADDRESS, WEBHOOK_METHOD } from '../deprecated-things';
import { GLOBAL_BASE, toLegacyReply } from './legacy-reply';
import { LegacyRequest } from './legacy-request';

/**
 * What `mountWebhookMethod` and `@WebhookMethod` take. With a durable `answer` the handler runs on the stored request: what
 * it returns in time is the answer, else nobody waits for it; GET and HEAD are answered by the handler all the same. The
 * operator may say otherwise (`plugins.<key>.endpoints.<path>.answer`), and says it for all that do not.
 */
export interface WebhookMethodOptions extends DurableOptions, GateOptions {
  /** The path below the plugin; leading, doubled and trailing slashes do not matter. */
  readonly endpoint: string;
  /** For people. Default: the endpoint. */
  readonly name?: string;
  readonly description?: string;
  /** Absolute URL path callers should move to. Default: the endpoint below `/api/plugin/<key>`. */
  readonly successor?: string;
  /** Parts of a multipart body; with `files` or `fields` given, any other part is refused. */
  readonly files?: Readonly<Record<string, FileRule>>;
  readonly fields?: Readonly<Record<string, FieldRule>>;
}

/**
 * Answers with a value (JSON, 200), `[body, status]`, or a reply; undefined gives the old system's envelope.
 * `data` is the body parsed, for forms fields and files in one; a body that cannot be parsed is refused (400) before a
 * handler that names the second parameter, and undefined for any other.
 */
// The parameter is what authors annotate freely (`request: any`, `({ headers })`), and data is what they expect.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type WebhookHandler = (request: LegacyRequest, data: any) => Awaitable<unknown>;
/** One handler per method; another method is answered 405 with `Allow`. */
export type WebhookHandlers = Readonly<Partial<Record<Method, WebhookHandler>>>;

/** What origins of webhook methods name. */
export const DIALECT = 'webhook-method';

const RULES = {
  endpoint: aText,
  name: aText,
  description: aText,
  successor: aText,
  ...GATE_RULES,
  ...DURABLE_RULES,
  ...PART_RULES,
};
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const WITH_BODY: readonly string[] = ['ALL', 'POST', 'PUT', 'PATCH'];

/**
 * The endpoints that a webhook method becomes: its own path, which yields to a route of the plugin, and the three
 * old address families as aliases.
 * @throws compat/invalid-webhook-method, and mount/invalid listing everything wrong with the options
 */
export function webhookEndpoints(
  declarer: Declarer,
  options: WebhookMethodOptions,
  handlers: WebhookHandler | WebhookHandlers,
  where: string,
): Endpoint[] {
  const path = endpointPath(options?.endpoint, where);
  const served = byMethod(handlers, where);
  checkOptions(declarer.key, where, options, RULES, gateIssues(options));
  return served.map(([method, handler]) => ({
    kind: 'endpoint',
    origin: { dialect: DIALECT, where, deprecated: WEBHOOK_METHOD },
    method,
    path,
    reach: 'exact',
    ...gateParts(options),
    isWebhook: true,
    // Rules for parts would refuse every GET of a method map, which has none.
    body: {
      kind: 'auto',
      ...(options.files !== undefined && WITH_BODY.includes(method) && { files: options.files }),
      ...(options.fields !== undefined && WITH_BODY.includes(method) && { fields: options.fields }),
    },
    ...durableParts(options),
    isAnswerChosen: options.answer !== undefined,
    reads: 'handler',
    record: true,
    aliases: aliasesOf(declarer.key, path),
    yields: true,
    successor: options.successor ?? `/api/plugin/${declarer.key}${path}`,
    title: options.name ?? options.endpoint,
    ...(options.description !== undefined && { description: options.description }),
    serve: { handle: (exchange) => answer(declarer, handler, path, exchange) },
  }));
}

function endpointPath(endpoint: unknown, where: string): string {
  if (typeof endpoint !== 'string')
    throw new HostError('compat/invalid-webhook-method', [where, 'endpoint is a string such as "/github"']);
  return normaliseEndpoint(endpoint);
}

function byMethod(
  handlers: WebhookHandler | WebhookHandlers,
  where: string,
): [method: Method | 'ALL', handler: WebhookHandler][] {
  if (typeof handlers === 'function') return [['ALL', handlers]];
  const found = Object.entries(handlers ?? {});
  if (found.length === 0)
    throw new HostError('compat/invalid-webhook-method', [
      where,
      'the handler, or one per method, is missing',
    ]);
  return found.map(([name, handler]) => {
    const method = name.toUpperCase();
    if (!METHODS.includes(method) || typeof handler !== 'function')
      throw new HostError('compat/invalid-webhook-method', [
        where,
        `"${name}" is not a method with a handler; methods: ${METHODS.join(', ')}`,
      ]);
    return [method as Method, handler];
  });
}

function aliasesOf(key: PluginKey, path: string): Alias[] {
  return [
    { base: `/api/plugin/${key}/webhook`, path, share: 'sole', deprecated: PLUGIN_ADDRESS },
    { base: shortBase(key), path, share: 'unique', deprecated: MODULE_ADDRESS },
    { base: GLOBAL_BASE, path, share: 'all', deprecated: GLOBAL_ADDRESS },
  ];
}

async function answer(
  declarer: Declarer,
  handler: WebhookHandler,
  path: string,
  exchange: Exchange,
): Promise<unknown> {
  const request = new LegacyRequest(exchange, path, () => declarer.services);
  return toLegacyReply(await handler(request, dataFor(handler, request)), exchange);
}

/** `length` does not count `data = {}` and `...rest`, so what it shows decides about the refusal only. */
function dataFor(handler: WebhookHandler, request: LegacyRequest): unknown {
  try {
    return request.data();
  } catch (thrown) {
    if (handler.length >= 2 || !isHostError(thrown)) throw thrown;
    return undefined;
  }
}
