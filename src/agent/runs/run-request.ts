import type { AgentRunRequest } from '../../core/agent-run';
import { parseChatKey } from '../../core/chat-key';
import { HostError } from '../../core/errors';
import { shortened } from './untrusted-text';
import type { RunRecord } from './run-record';

/** Of a prompt; it lies in a stored document. */
const PROMPT_CHARACTERS = 100_000;
/** Of one text that came from elsewhere. */
const TEXT_CHARACTERS = 60_000;
const MOST_TEXTS = 20;
const TOOL = /^(?:\*|[\w-]{1,128}|[\w]+\.[\w]+\/(?:\*|[\w-]{1,128}))$/;
const STANDARD = { steps: 20, tokens: 100_000, timeoutMs: 300_000 };
const MOST = { steps: 200, tokens: 100_000_000, timeoutMs: 3_600_000 };

/** What a request says of its run, checked. */
export type CheckedRequest = Pick<
  RunRecord,
  'prompt' | 'channel' | 'tools' | 'budget' | 'deliver' | 'context'
> & { readonly texts: Readonly<Record<string, string>> };

/** @throws agent/bad-request naming every fault, channel/invalid-key */
export function checkRequest(plugin: string, request: AgentRunRequest): CheckedRequest {
  const {
    prompt,
    untrusted = {},
    channel,
    tools = [`${plugin}/*`],
    budget = {},
  } = Object(request) as AgentRunRequest;
  const deliver = request.deliver ?? (channel === undefined ? 'none' : 'announce');
  const context = request.context ?? 'isolated';
  const issues = [
    typeof prompt === 'string' && prompt.trim() !== '' && prompt.length <= PROMPT_CHARACTERS
      ? undefined
      : `prompt must be a text of at most ${PROMPT_CHARACTERS} characters`,
    typeof untrusted === 'object' && untrusted !== null && !Array.isArray(untrusted)
      ? undefined
      : 'untrusted must name its texts: { issue: text }',
    Array.isArray(tools) && tools.every((tool) => typeof tool === 'string' && TOOL.test(tool))
      ? undefined
      : 'tools must list names, "<key>/<name>", "<key>/*" or "*"',
    ...Object.entries(MOST).map(([name, most]) => budgetIssue(name, budget, most)),
    ['announce', 'none'].includes(deliver) ? undefined : 'deliver must be "announce" or "none"',
    ['isolated', 'channel'].includes(context) ? undefined : 'context must be "isolated" or "channel"',
    channel === undefined && (deliver === 'announce' || context === 'channel')
      ? 'a channel is needed to announce in or to read'
      : undefined,
  ].filter((issue) => issue !== undefined);
  if (issues.length > 0) throw new HostError('agent/bad-request', [issues.join('; ')]);
  return {
    prompt,
    texts: textsOf(untrusted),
    ...(channel !== undefined && { channel: parseChatKey(channel) }),
    tools: tools.map((tool) => (tool === '*' || tool.includes('/') ? tool : `${plugin}/${tool}`)),
    budget: { ...STANDARD, ...definedOf(budget) },
    deliver,
    context,
  };
}

function budgetIssue(name: string, budget: unknown, most: number): string | undefined {
  const value = (Object(budget) as Record<string, unknown>)[name];
  if (value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most))
    return undefined;
  return `budget.${name} must be a whole number from 1 to ${most}`;
}

function definedOf(budget: object): Partial<typeof STANDARD> {
  return Object.fromEntries(
    Object.entries(budget).filter(([name, value]) => name in MOST && value !== undefined),
  );
}

function textsOf(untrusted: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(untrusted).filter(([, value]) => value !== undefined);
  const kept = entries
    .slice(0, MOST_TEXTS)
    .map(([label, value]) => [label.slice(0, 100), shortened(asText(value), TEXT_CHARACTERS)] as const);
  return Object.fromEntries(kept);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value, undefined, 1) ?? String(value);
  } catch {
    return String(value);
  }
}
