import type { Endpoint } from '../../core/declaration';
import { DURABLE_RULES, durableParts } from '../../core/durable-options';
import type { Exchange, Method } from '../../core/exchange';
import { GATE_RULES, gateIssues, gateParts } from '../../core/gate-options';
import { among, aText, checkOptions, count } from '../../core/option-issues';
import type { PluginKey } from '../../core/plugin-key';
import type { Reply } from '../../core/reply';
import type { WebhookOptions } from './extension';
import { ExtensionContext, WEBHOOK_USER, type Standing } from './extension-context';
import type { WrittenWebhook } from './extension-reading';
import { toExtensionReply } from './extension-reply';

/** What origins of an extension's declarations name. */
export const DIALECT = 'ext-webhook';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const RULES = {
  method: aText,
  secretHeader: aText,
  timeoutMs: count,
  description: aText,
  ...GATE_RULES,
  ...DURABLE_RULES,
};

/** The documented base of an extension's addresses. */
export function webhookBase(appId: string): string {
  return `/v1/ext/${encodeURIComponent(appId)}/webhook`;
}

/**
 * The endpoint that a webhook becomes: its own path, and the documented address as an alias, served in place. A GET is how
 * browsers come back with a code of OAuth: no receipt of it is kept.
 * @throws mount/invalid listing everything wrong with the options
 */
export function webhookEndpoint(
  key: PluginKey,
  appId: string,
  { where, path, options, def }: WrittenWebhook,
  standing: () => Pick<Standing, 'services' | 'isShared'>,
): Endpoint {
  const issue = among(METHODS)(def.method);
  checkOptions(key, where, options, RULES, [
    issue === undefined ? undefined : `method ${issue}`,
    ...gateIssues(options),
  ]);
  const { description, timeoutMs, ...rest } = options as WebhookOptions;
  return {
    kind: 'endpoint',
    origin: { dialect: DIALECT, where },
    method: def.method as Method,
    path,
    reach: 'exact',
    ...gateParts(rest),
    isWebhook: true,
    // The handler gets the body as text, whatever its type.
    body: { kind: 'raw' },
    ...durableParts(rest),
    isAnswerChosen: rest.answer !== undefined,
    reads: 'handler',
    record: def.method !== 'GET',
    aliases: [{ base: webhookBase(appId), path, share: 'sole' }],
    yields: true,
    title: def.path === '' ? appId : def.path,
    description: description ?? described(def.secret_header),
    ...(timeoutMs !== undefined && { timeoutMs }),
    serve: { handle: (exchange) => answer(exchange, where, def.func, standing()) },
  };
}

function described(secretHeader: string): string {
  return secretHeader === ''
    ? 'A webhook of the extension.'
    : `A webhook of the extension; its sender's signature stands in ${secretHeader}.`;
}

async function answer(
  exchange: Exchange,
  where: string,
  handler: WrittenWebhook['def']['func'],
  standing: Pick<Standing, 'services' | 'isShared'>,
): Promise<Reply> {
  const context = new ExtensionContext({
    ...standing,
    kind: 'webhook',
    userId: WEBHOOK_USER,
    job: exchange.job,
    rawBody: exchange.raw,
  });
  const result = await handler(context, headersOf(exchange), exchange.text(), parametersOf(exchange));
  return toExtensionReply(where, result);
}

/** By lower-case name; the values of repeated lines in one (RFC 9110 §5.3). */
function headersOf({ headers }: Exchange): Record<string, string> {
  const found = Object.create(null) as Record<string, string>;
  for (const [name] of headers) found[name.toLowerCase()] ??= headers.get(name) ?? '';
  return found;
}

function parametersOf({ query }: Exchange): Record<string, string> {
  const found = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(query)) found[name] = String([value].flat()[0] ?? '');
  return found;
}
