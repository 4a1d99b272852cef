import { createHash } from 'node:crypto';
import type { ToolCalls, ToolEntry } from '../../core/tool-call';
import type { OfferedTool } from './chat-completions';
import type { RunRecord } from './run-record';

/** Of a function's name, in the API of chat completions. */
const NAME_CHARACTERS = 64;

/** The tools of one run, under the names the model knows them by. */
export class RunTools {
  readonly offered: readonly OfferedTool[];
  readonly #byName: ReadonlyMap<string, ToolEntry>;

  constructor(tools: ToolCalls, { tools: wanted, only }: Pick<RunRecord, 'tools' | 'only'>) {
    const entries = tools
      .list()
      .filter((entry) => isNamed(entry, wanted) && (only === undefined || isNamed(entry, only)));
    this.#byName = new Map(entries.map((entry) => [nameOf(entry), entry]));
    this.offered = [...this.#byName].map(([name, { description, inputSchema }]) => ({
      ...{ name, description, parameters: inputSchema },
    }));
  }

  /** Undefined for a tool that this run may not call, or that is not there. */
  get(name: string): ToolEntry | undefined {
    return this.#byName.get(name);
  }
}

function isNamed({ key, name }: ToolEntry, patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) => pattern === '*' || pattern === `${key}/*` || pattern === `${key}/${name}`,
  );
}

function nameOf({ id }: ToolEntry): string {
  if (id.length <= NAME_CHARACTERS) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `${id.slice(0, NAME_CHARACTERS - 9)}_${digest}`;
}
