import type { CallToolResult, Server } from '@modelcontextprotocol/server' with {
  'resolution-mode': 'import',
};
import { HostError, isHostError } from '../../core/errors';
import { isHttpError } from '../../core/http-error';
import type { Identity } from '../../core/ports/operator-auth';
import { holdsScope } from '../../core/scopes';
import type { ToolCalls, ToolEntry } from '../../core/tool-call';
import type { McpPackages } from './mcp-packages';

/** For whom one request is served, and until when. */
export interface McpCaller {
  readonly identity: Identity;
  /** Aborts when the connection closes before the answer. */
  readonly signal: AbortSignal;
}
/** One request: for whom, and whether its client can hear of changes. */
export interface McpRequest extends McpCaller {
  readonly hearsChanges: boolean;
}

const INSTRUCTIONS =
  'Tools of the plugins of a Gatehouse host. A tool that is gone belongs to a plugin that was disabled or is being loaded.';

/** The tools that one caller may use, as an MCP server for one request. */
export function createMcpServer(
  { protocol: { ProtocolError, ProtocolErrorCode, Server } }: McpPackages,
  tools: ToolCalls,
  version: string,
  { identity, signal, hearsChanges }: McpRequest,
): Server {
  const entries = () => tools.list().filter(({ key }) => holdsScope(identity.scopes, `tools:${key}`));
  const server = new Server(
    { name: 'gatehouse', version },
    { capabilities: { tools: { listChanged: hearsChanges } }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler('tools/list', () => ({ tools: entries().map(describe) }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const entry = entries().find(({ id }) => id === params.name);
    if (entry === undefined)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        'There is no tool of that name, or not for this token',
      );
    try {
      const given = await tools.call({
        ...{ key: entry.key, name: entry.name, input: params.arguments },
        caller: { kind: 'agent', id: identity.name, user: identity.user },
        signal: AbortSignal.any([signal, mcpReq.signal]),
      });
      return resultOf(given);
    } catch (thrown) {
      return { isError: true, content: [{ type: 'text', text: toldOf(thrown, entry) }] };
    }
  });
  return server;
}

function describe({ id, key, name, description, inputSchema }: ToolEntry) {
  // It is JSON Schema of an object: whoever declares a tool sees to it.
  const schema = inputSchema as { readonly type: 'object' };
  return {
    name: id,
    title: `${key} ${name}`,
    description,
    inputSchema: { ...schema, type: 'object' as const },
  };
}

/** As text for every client, and as structure for those that read it. */
function resultOf(given: unknown): CallToolResult {
  const text = typeof given === 'string' ? given : given === undefined ? '' : JSON.stringify(given);
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
  return {
    content: [{ type: 'text', text }],
    ...(isRecord && { structuredContent: given as Record<string, unknown> }),
  };
}

/** What was meant for a caller; of anything else that it failed, and no more. */
function toldOf(thrown: unknown, { key, name }: ToolEntry): string {
  if (isHostError(thrown) && !thrown.isInternal) return thrown.message;
  if (isHttpError(thrown) && thrown.status < 500 && thrown.detail !== undefined)
    return typeof thrown.detail === 'string' ? thrown.detail : detailText(thrown.detail);
  return new HostError('tools/failed', [key, name]).message;
}

function detailText(detail: unknown): string {
  try {
    return JSON.stringify(detail);
  } catch {
    return 'refused';
  }
}
