import type { AuthInfo, McpHttpHandler } from '@modelcontextprotocol/server' with {
  'resolution-mode': 'import',
};
import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'winston';
import { bodyLimits } from '../../core/body-limits';
import { HostError } from '../../core/errors';
import type { AdminTools } from '../../core/ports/admin-tools';
import { isLocalOperator, type Identity, type OperatorAuth } from '../../core/ports/operator-auth';
import type { Settings } from '../../core/settings';
import type { ToolCalls } from '../../core/tool-call';
import { mcpOriginCheck } from './mcp-origin';
import { loadMcpPackages, type McpPackages } from './mcp-packages';
import { createMcpServer, type McpCaller } from './mcp-server';

export interface McpParts {
  readonly tools: ToolCalls;
  /** The operator API as tools; absent: nobody sees it here. */
  readonly adminTools?: AdminTools | undefined;
  readonly auth: Pick<OperatorAuth, 'identify'>;
  readonly settings: Pick<Settings, 'host' | 'publicUrl' | 'limits'>;
  readonly logger: Logger;
  /** Of the host, told to clients. */
  readonly version: string;
  /** Calls its argument after each change of what plugins serve. */
  readonly onToolsChange?: ((changed: () => void) => void) | undefined;
}
export interface McpHandler {
  /** To be mounted at `/mcp`; errors go to the application's problem writer. */
  readonly router: Router;
  /** Ends streams and calls that are open. */
  close(): Promise<void>;
}

const MOST_SUBSCRIPTIONS = 256;

/**
 * Tools over the Model Context Protocol, Streamable HTTP: the 2026-07-28 revision, and clients of 2025 without sessions. Asked
 * with the operator's token, or one with the scope `tools` or `tools:<key>`, which sees that plugin's tools alone. Whoever holds a
 * scope of the operator API sees its operations as tools besides, or alone; anybody else gets 401. Nothing is kept between requests but open `subscriptions/listen` streams, which hear when tools change.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports (read 2026-11-21)
 */
export function createMcpHandler(parts: McpParts): McpHandler {
  const { auth, settings } = parts;
  let serving: Serving | undefined;
  parts.onToolsChange?.(coalesced(() => serving?.handler.notify.toolsChanged()));
  const checkOrigin = mcpOriginCheck(settings);
  const answer: RequestHandler = async (request, response) => {
    response.set('cache-control', 'no-store');
    if (!isLocalOperator(request)) checkOrigin(request);
    const identity = auth.identify(request);
    if (identity === undefined || !mayUseTools(identity, parts))
      throw new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } });
    const packages = await loadMcpPackages();
    serving ??= startServing(packages, parts);
    await serving.serve(
      Object.assign(request, { auth: authInfoOf(identity, request, leavingOf(response)) }),
      response,
    );
  };
  const router = Router({ caseSensitive: true });
  router.all('/', answer);
  return { router, close: async () => serving?.handler.close() };
}

interface Serving {
  readonly handler: McpHttpHandler;
  readonly serve: (request: Request & { auth: AuthInfo }, response: Response) => Promise<void>;
}

function startServing(packages: McpPackages, parts: McpParts): Serving {
  const { tools, adminTools, settings, logger, version } = parts;
  const maxRequestBodySize = bodyLimits(undefined, settings.limits).jsonBytes;
  const onerror = (error: Error) => logger.debug('an MCP request failed', { reason: error.message });
  const handler = packages.protocol.createMcpHandler(
    ({ authInfo, era }) => {
      const caller = authInfo?.extra?.['caller'] as McpCaller;
      const asked = { ...caller, hearsChanges: era === 'modern' };
      return createMcpServer(packages, { tools, adminTools, version }, asked);
    },
    { maxRequestBodySize, maxSubscriptions: MOST_SUBSCRIPTIONS, onerror },
  );
  const serve = packages.node.toNodeHandler(handler, { maxRequestBodySize, onerror });
  // Express's types of the same objects say less than the wrapper's.
  return { handler, serve: serve as unknown as Serving['serve'] };
}

/** Aborts when the connection closes before the answer is written. */
function leavingOf(response: Response): AbortSignal {
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) left.abort(new DOMException('the caller left', 'AbortError'));
  });
  return left.signal;
}

function mayUseTools(identity: Identity, { adminTools }: McpParts): boolean {
  return identity.scopes.some(isForTools) || (adminTools?.list(identity) ?? []).length > 0;
}

const isForTools = (scope: string) => scope === 'admin' || scope === 'tools' || scope.startsWith('tools:');

/** The token itself stays here. */
function authInfoOf(identity: Identity, request: Request, signal: AbortSignal): AuthInfo {
  const ip = isLocalOperator(request) ? undefined : request.ip;
  const caller: McpCaller = { identity, ip, signal };
  return { token: '', clientId: identity.name, scopes: [...identity.scopes], extra: { caller } };
}

/** A host that starts loads many plugins at once. */
function coalesced(tell: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      tell();
    });
  };
}
