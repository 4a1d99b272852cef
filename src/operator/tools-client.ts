import { HostError } from '../core/errors';
import type { ToolEntry } from '../core/tool-call';
import { listIn, refusalOf, type Answer, type OperatorConnection } from './operator-connection';
import type { ToolsDesk } from './tools-desk';

/** The tools of a host in another process: every verb as one request. */
export function connectTools({ where, ask, read }: OperatorConnection): ToolsDesk {
  return {
    list: async () => listIn<ToolEntry>(await read('GET', 'tools'), 'tools', where),
    call: async (key, name, input) => {
      const verb = `tools/${encodeURIComponent(key)}/${encodeURIComponent(name)}`;
      const answer = await ask('POST', verb, input === undefined ? {} : { input });
      if (answer.status === 200) return answer.body['output'];
      throw failureIn(key, name, answer) ?? refusalOf(where, answer);
    },
  };
}

/** What is the tool's own: every issue of its input, what it told its caller, or that it failed. */
function failureIn(
  key: string,
  name: string,
  { body: { code, detail }, text }: Answer,
): HostError | undefined {
  if (code === 'internal/unexpected') return new HostError('tools/failed', [key, name]);
  if (String(code).startsWith('http/'))
    return new HostError('tools/refused', [key, name, typeof detail === 'string' ? detail : text]);
  if (code !== 'tools/invalid-input' || !Array.isArray(detail)) return undefined;
  const issues = (detail as readonly { readonly loc?: unknown; readonly msg?: unknown }[]).map(
    ({ loc, msg }) => `${[loc].flat().slice(1).join('.') || 'it'}: ${String(msg)}`,
  );
  return new HostError('tools/invalid-input', [key, name, issues.join(', ')]);
}
