import type { CallToolResult, Server } from '@modelcontextprotocol/server' with {
  'resolution-mode': 'import',
};
import { HostError, isHostError } from '../../core/errors';
import { isHttpError } from '../../core/http-error';
import type { AdminTool, AdminToolCall, AdminTools } from '../../core/ports/admin-tools';
import type { Identity } from '../../core/ports/operator-auth';
import { holdsScope } from '../../core/scopes';
import type { ToolCalls, ToolEntry } from '../../core/tool-call';
import type { McpPackages } from './mcp-packages';

/** For whom one request is served, and until when. */
export interface McpCaller {
  readonly identity: Identity;
  /** Undefined where there is none. */
  readonly ip: string | undefined;
  /** Aborts when the connection closes before the answer. */
  readonly signal: AbortSignal;
}
/** One request: for whom, and whether its client can hear of changes. */
export interface McpRequest extends McpCaller {
  readonly hearsChanges: boolean;
}

const INSTRUCTIONS =
  'Tools of the plugins of a Gatehouse host. A tool that is gone belongs to a plugin that was disabled or is being loaded.';

export interface McpServerParts {
  readonly tools: ToolCalls;
  readonly adminTools: AdminTools | undefined;
  /** Of the host, told to clients. */
  readonly version: string;
}

/** The tools that one caller may use, as an MCP server for one request: those of plugins, then those of the operator API. */
export function createMcpServer(
  { protocol: { ProtocolError, ProtocolErrorCode, Server } }: McpPackages,
  { tools, adminTools, version }: McpServerParts,
  { identity, ip, signal, hearsChanges }: McpRequest,
): Server {
  const own = () => adminTools?.list(identity) ?? [];
  const entries = () => tools.list().filter(({ key }) => holdsScope(identity.scopes, `tools:${key}`));
  const server = new Server(
    { name: 'gatehouse', version },
    { capabilities: { tools: { listChanged: hearsChanges } }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler('tools/list', () => ({
    tools: [...entries().map(describe), ...own().map(describeOwn)],
  }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const until = AbortSignal.any([signal, mcpReq.signal]);
    if (adminTools !== undefined && own().some(({ name }) => name === params.name)) {
      const call = { name: params.name, input: params.arguments, identity, ip, signal: until };
      return callOwn(adminTools, call);
    }
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
        signal: until,
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

function describeOwn({ name, title, description, inputSchema, isReading, isDestructive }: AdminTool) {
  return {
    ...{ name, title, description },
    inputSchema: { ...inputSchema, type: 'object' as const },
    annotations: { readOnlyHint: isReading, destructiveHint: isDestructive },
  };
}

async function callOwn(tools: AdminTools, call: AdminToolCall): Promise<CallToolResult> {
  try {
    const { ok, output } = await tools.call(call);
    return { ...resultOf(output), ...(!ok && { isError: true }) };
  } catch (thrown) {
    const text = messageOf(thrown) ?? `${call.name} failed; the log of the host says why.`;
    return { isError: true, content: [{ type: 'text', text }] };
  }
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
  return messageOf(thrown) ?? new HostError('tools/failed', [key, name]).message;
}

/** What was meant for a caller; undefined where nothing was. */
function messageOf(thrown: unknown): string | undefined {
  if (isHostError(thrown) && !thrown.isInternal) return thrown.message;
  if (isHttpError(thrown) && thrown.status < 500 && thrown.detail !== undefined)
    return typeof thrown.detail === 'string' ? thrown.detail : detailText(thrown.detail);
  return undefined;
}

function detailText(detail: unknown): string {
  try {
    return JSON.stringify(detail);
  } catch {
    return 'refused';
  }
}
