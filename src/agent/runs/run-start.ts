import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from 'winston';
import type { AgentRunRequest, AgentRunStarted } from '../../core/agent-run';
import type { AgentLimits, Endpoint } from '../../core/declaration';
import type { Exchange } from '../../core/exchange';
import { endpointOf } from '../../core/exchange-endpoint';
import { HOST_KEY, HOST_TASKS } from '../../core/host-key';
import { isConflict } from '../../core/job';
import type { PluginKey } from '../../core/plugin-key';
import type { Channels } from '../../core/ports/channels';
import type { AgentSettings } from '../../core/settings';
import type { WorkSink } from '../../core/work-sink';
import type { Causality } from './causality';
import { beginFold, foldInto, foldKeyOf } from './run-folding';
import { RUNS, STARTS, type RunRecord } from './run-record';
import type { RunRecords } from './run-records';
import { checkRequest, type CheckedRequest } from './run-request';

/** The host's task that works runs. */
export const RUN_TASK = HOST_TASKS.run;

export interface RunStartParts {
  readonly settings: AgentSettings;
  readonly records: RunRecords;
  readonly sink: WorkSink;
  readonly channels: Channels;
  readonly causality: Causality;
  readonly logger: Logger;
}

/** What asks, as far as it is known. */
interface Asking {
  readonly exchange: Exchange | undefined;
  readonly endpoint: Endpoint | undefined;
  /** Of the job that asks: asking again is the same request. */
  readonly jobId: string | undefined;
  /** The mark of the run that called the tool that asks. */
  readonly cause: string | undefined;
}

/**
 * Stores a run, or folds it into one that waits still: a document `agent-runs/<id>`, and a job due when the time to fold is over.
 * A document whose job was never stored is nothing, and goes with the others of its age.
 * @throws agent/bad-request, channel/invalid-key, channel/unknown, inbox/unavailable
 */
export async function startRun(
  parts: RunStartParts,
  plugin: PluginKey,
  request: AgentRunRequest,
): Promise<AgentRunStarted> {
  const checked = checkRequest(plugin, request);
  if (checked.channel !== undefined) parts.channels.check(checked.channel);
  const asking = askedBy(request.from);
  const id = idOf(plugin, checked, asking.jobId);
  const known = asking.jobId === undefined ? undefined : await parts.records.store.get<RunRecord>(RUNS, id);
  if (known !== undefined) return again(parts, id, known.data, asking.jobId);
  const caused = await parts.causality.depthIn([request.untrusted, checked.prompt, asking.cause]);
  const asked = asking.exchange === undefined ? 0 : await parts.causality.depthOf(asking.exchange);
  const record = recordOf(parts, plugin, checked, asking, Math.max(caused, asked) + 1);
  const run = { ...record, texts: { [id]: checked.texts } };
  const why = refusalOf(parts, run);
  if (why !== undefined) return refuse(parts, id, run, why);
  const foldKey = parts.settings.foldMs === 0 ? undefined : foldKeyOf(record, request.foldKey);
  if (foldKey === undefined) return store(parts, id, run, asking, undefined);
  // Those that come at once are one, too.
  return parts.records.inTurn(foldKey, async () => {
    const folded = await foldInto(parts.records, foldKey, run);
    if (folded !== undefined) return { id: folded, state: 'folded' };
    return store(parts, id, run, asking, foldKey);
  });
}

function refusalOf({ settings }: RunStartParts, { depth, channel }: RunRecord): string | undefined {
  if (depth > settings.depth) return `runs caused one another ${depth - 1} times`;
  if (settings.url !== undefined || channel !== undefined) return undefined;
  return 'no agent is configured on this host (agent.url), and the run names no channel to deliver its prompt to';
}

/** An attempt of the same job asked before; whether its job was stored then is not known. */
async function again(
  parts: RunStartParts,
  id: string,
  { state }: RunRecord,
  jobId: string | undefined,
): Promise<AgentRunStarted> {
  if (state === 'refused') return { id, state };
  await enqueue(parts, id, 0, jobId);
  return { id, state: 'queued' };
}

async function store(
  parts: RunStartParts,
  id: string,
  run: RunRecord,
  { endpoint, jobId }: Asking,
  foldKey: string | undefined,
): Promise<AgentRunStarted> {
  if (!(await mayStart(parts, run, endpoint)))
    return refuse(parts, id, run, `${run.endpoint} has started all the runs it may`);
  await create(parts, id, run);
  await enqueue(parts, id, foldKey === undefined ? 0 : parts.settings.foldMs, jobId);
  if (foldKey !== undefined) await beginFold(parts.records, foldKey, id);
  return { id, state: 'queued' };
}

async function enqueue(
  { sink, records }: RunStartParts,
  id: string,
  delayMs: number,
  cause: string | undefined,
): Promise<void> {
  const options = { dedupeKey: id, ...(delayMs > 0 && { runAt: records.clock.now() + delayMs }) };
  await sink.put([{ plugin: HOST_KEY, task: RUN_TASK, payload: { run: id }, options, cause }]);
}

async function create({ records }: RunStartParts, id: string, run: RunRecord): Promise<void> {
  try {
    await records.store.create(RUNS, { ...run, id });
  } catch (thrown) {
    if (!isConflict(thrown)) throw thrown;
  }
}

async function refuse(
  parts: RunStartParts,
  id: string,
  run: RunRecord,
  reason: string,
): Promise<AgentRunStarted> {
  const endedAt = parts.records.clock.now();
  await create(parts, id, { ...run, texts: {}, state: 'refused', isClosed: true, reason, endedAt });
  parts.logger.warn(`a run of the agent was refused: ${reason}`, { plugin: run.plugin, run: id });
  return { id, state: 'refused' };
}

async function mayStart(
  { records, settings }: RunStartParts,
  { plugin, endpoint: name }: RunRecord,
  endpoint: Endpoint | undefined,
): Promise<boolean> {
  const rate = endpoint?.agent?.runs ?? settings.runsPerEndpoint;
  if (endpoint === undefined || rate === undefined) return true;
  const window = Math.floor(records.clock.now() / rate.perMs);
  const id = `${digestOf(`${plugin} ${name}`)} ${window}`;
  return (await records.addUpTo(STARTS, id, 1, rate.requests)) !== undefined;
}

function recordOf(
  { records }: RunStartParts,
  plugin: PluginKey,
  { texts: _texts, ...checked }: CheckedRequest,
  { endpoint }: Asking,
  depth: number,
): Omit<RunRecord, 'texts'> {
  const only = allowedBy(plugin, endpoint?.agent);
  return {
    ...checked,
    plugin,
    ...(only !== undefined && { only }),
    ...(endpoint !== undefined && { endpoint: nameOf(endpoint) }),
    depth,
    state: 'queued',
    isClosed: false,
    requestedAt: records.clock.now(),
    requests: 1,
    steps: 0,
    tokens: 0,
    calls: [],
  };
}

function allowedBy(plugin: PluginKey, limits: AgentLimits | undefined): readonly string[] | undefined {
  return limits?.tools?.map((tool) => (tool === '*' || tool.includes('/') ? tool : `${plugin}/${tool}`));
}

const NOBODY: Asking = { exchange: undefined, endpoint: undefined, jobId: undefined, cause: undefined };

function askedBy(from: AgentRunRequest['from']): Asking {
  if (from === undefined) return NOBODY;
  if ('caller' in from) return { ...NOBODY, cause: from.cause };
  if ('requestId' in from)
    return { ...NOBODY, exchange: from, endpoint: endpointOf(from), jobId: from.job?.id };
  return { ...NOBODY, jobId: from.id };
}

/** Of a job's request always the same: an attempt after the first asks for no second run. */
function idOf(plugin: PluginKey, checked: CheckedRequest, jobId: string | undefined): string {
  if (jobId === undefined) return randomBytes(12).toString('base64url');
  return digestOf(JSON.stringify([plugin, jobId, checked]));
}

const nameOf = ({ method, path, aliases: [alias] }: Endpoint) =>
  `${method} ${path !== '' || alias === undefined ? path : alias.base + alias.path}`;
const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 24);
