import type { AgentRunRequest } from '../../core/agent-run';
import { parseChatKey } from '../../core/chat-key';
import { HostError } from '../../core/errors';
import { shortened } from './untrusted-text';
import type { RunRecord } from './run-record';

/** Of a prompt; it lies in a stored document. */
const PROMPT_CHARACTERS = 100_000;
/** Of one text that came from elsewhere, and of all of one request. */
const TEXT_CHARACTERS = 60_000;
const ALL_BYTES = 200_000;
/** At most, of UTF-8. */
const BYTES_PER_CHARACTER = 3;
const MOST_TEXTS = 20;
const REQUEST_NAMES = [
  ...['prompt', 'untrusted', 'channel', 'tools', 'budget'],
  ...['deliver', 'context', 'foldKey', 'from'],
];
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
    ...unknownNames('', request, REQUEST_NAMES),
    ...unknownNames('budget.', budget, Object.keys(MOST)),
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

function unknownNames(at: string, given: unknown, known: readonly string[]): string[] {
  return Object.keys(Object(given) as object)
    .filter((name) => !known.includes(name))
    .map((name) => `${at}${name} is not known; there are ${known.join(', ')}`);
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
  const texts: Record<string, string> = {};
  let left = ALL_BYTES;
  for (const [label, value] of entries.slice(0, MOST_TEXTS)) {
    const text = shortened(asText(value), Math.min(TEXT_CHARACTERS, Math.floor(left / BYTES_PER_CHARACTER)));
    left = Math.max(0, left - Buffer.byteLength(text));
    texts[label.slice(0, 100)] = text;
  }
  return texts;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value, undefined, 1) ?? String(value);
  } catch {
    return String(value);
  }
}
