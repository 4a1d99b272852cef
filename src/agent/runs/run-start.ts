import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from 'winston';
import type { AgentRunRequest, AgentRunStarted } from '../../core/agent-run';
import type { Clock } from '../../core/clock';
import type { AgentLimits, Endpoint } from '../../core/declaration';
import type { DocumentStore } from '../../core/documents';
import type { Exchange } from '../../core/exchange';
import { endpointOf } from '../../core/exchange-endpoint';
import { HOST_KEY } from '../../core/host-key';
import type { Job } from '../../core/job';
import type { PluginKey } from '../../core/plugin-key';
import type { AgentSettings } from '../../core/settings';
import type { WorkSink } from '../../core/work-sink';
import type { Causality } from './causality';
import { addUpTo, isConflict, settleDocument } from './counter';
import { FOLDS, RUNS, STARTS, type RunRecord } from './run-record';
import { checkRequest, type CheckedRequest } from './run-request';

/** The host's task that works runs. */
export const RUN_TASK = 'agent-run';

export interface RunStartParts {
  readonly settings: AgentSettings;
  /** The host's own. */
  readonly store: DocumentStore;
  readonly sink: WorkSink;
  readonly causality: Causality;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What asks, as far as it is known. */
interface Asking {
  readonly exchange: Exchange | undefined;
  readonly endpoint: Endpoint | undefined;
  /** Of the job that asks: asking again is the same request. */
  readonly jobId: string | undefined;
}

/** More texts than this are another run. */
const FOLDED_BYTES = 400_000;

/**
 * Stores a run, or folds it into one that waits still: a document `agent-runs/<id>`, and a job due when the time to fold is over. A
 * document whose job was never stored is nothing; a job whose document was folded away does not exist. @see agent-run.ts
 */
export async function startRun(
  parts: RunStartParts,
  plugin: PluginKey,
  request: AgentRunRequest,
): Promise<AgentRunStarted> {
  const checked = checkRequest(plugin, request);
  const asking = askedBy(request.from);
  const depth = asking.exchange === undefined ? 1 : (await parts.causality.depthOf(asking.exchange)) + 1;
  const record = recordOf(parts, plugin, checked, asking, depth);
  const source = asking.jobId ?? randomBytes(9).toString('base64url');
  const id = idOf(plugin, checked, asking.jobId);
  const withTexts = { ...record, texts: { [source]: checked.texts } };
  if (depth > parts.settings.depth)
    return refuse(parts, id, withTexts, `runs caused one another ${depth - 1} times`);
  const foldKey = foldKeyOf(plugin, checked, request.foldKey, asking);
  if (foldKey !== undefined && parts.settings.foldMs > 0) {
    const folded = await foldInto(parts.store, foldKey, source, checked.texts);
    if (folded !== undefined) return { id: folded, state: 'folded' };
  }
  if (!(await mayStart(parts, plugin, asking.endpoint)))
    return refuse(
      parts,
      id,
      withTexts,
      `${record.endpoint ?? 'its endpoint'} has started all the runs it may`,
    );
  return store(parts, id, withTexts, foldKey);
}

async function store(
  { store, sink, settings, clock }: RunStartParts,
  id: string,
  record: RunRecord,
  foldKey: string | undefined,
): Promise<AgentRunStarted> {
  try {
    await store.create(RUNS, { ...record, id });
  } catch (thrown) {
    // An attempt of the same job asked before.
    if (!isConflict(thrown)) throw thrown;
  }
  const foldMs = foldKey === undefined ? 0 : settings.foldMs;
  const options = { dedupeKey: id, ...(foldMs > 0 && { runAt: clock.now() + foldMs }) };
  await sink.put([{ plugin: HOST_KEY, task: RUN_TASK, payload: { run: id }, options }]);
  if (foldKey !== undefined && foldMs > 0)
    await settleDocument<{ run: string }>(store, FOLDS, foldKey, () => ({ run: id }));
  return { id, state: 'queued' };
}

async function refuse(
  { store, logger, clock }: RunStartParts,
  id: string,
  record: RunRecord,
  reason: string,
): Promise<AgentRunStarted> {
  const refused = { ...record, id, state: 'refused' as const, isClosed: true, reason, endedAt: clock.now() };
  await store.create(RUNS, refused).catch((thrown: unknown) => {
    if (!isConflict(thrown)) throw thrown;
  });
  logger.warn(`a run of the agent was refused: ${reason}`, { plugin: record.plugin, run: id });
  return { id, state: 'refused' };
}

/** The run that takes the texts; undefined where none of this key waits any more. */
async function foldInto(
  store: DocumentStore,
  foldKey: string,
  source: string,
  texts: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const head = await store.get<{ run: string }>(FOLDS, foldKey);
  if (head === undefined) return undefined;
  let isTaken = false;
  await settleDocument<RunRecord>(store, RUNS, head.data.run, (before) => {
    isTaken = before !== undefined && !before.isClosed && JSON.stringify(before.texts).length < FOLDED_BYTES;
    return isTaken && before !== undefined
      ? { ...before, texts: { ...before.texts, [source]: texts } }
      : undefined;
  });
  return isTaken ? head.data.run : undefined;
}

async function mayStart(
  { store, settings, clock }: RunStartParts,
  plugin: PluginKey,
  endpoint: Endpoint | undefined,
): Promise<boolean> {
  const rate = endpoint?.agent?.runs ?? settings.runsPerEndpoint;
  if (endpoint === undefined || rate === undefined) return true;
  const window = Math.floor(clock.now() / rate.perMs);
  const id = `${digestOf(`${plugin} ${nameOf(endpoint)}`)} ${window}`;
  return (await addUpTo(store, STARTS, id, 1, rate.requests)) !== undefined;
}

function recordOf(
  { clock }: RunStartParts,
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
    requestedAt: clock.now(),
    steps: 0,
    tokens: 0,
    calls: [],
  };
}

function allowedBy(plugin: PluginKey, limits: AgentLimits | undefined): readonly string[] | undefined {
  return limits?.tools?.map((tool) => (tool === '*' || tool.includes('/') ? tool : `${plugin}/${tool}`));
}

function askedBy(from: Exchange | Job | undefined): Asking {
  if (from === undefined) return { exchange: undefined, endpoint: undefined, jobId: undefined };
  if ('requestId' in from)
    return { exchange: from, endpoint: endpointOf(from), jobId: from.job?.id ?? undefined };
  return { exchange: undefined, endpoint: undefined, jobId: from.id };
}

function foldKeyOf(
  plugin: PluginKey,
  { prompt, channel }: CheckedRequest,
  given: string | undefined,
  { endpoint }: Asking,
): string | undefined {
  if (given === undefined && endpoint === undefined) return undefined;
  const place = endpoint === undefined ? '' : nameOf(endpoint);
  return digestOf(JSON.stringify([plugin, given ?? [place, prompt, channel ?? '']]));
}

/** Of a job's request always the same: an attempt after the first asks for no second run. */
function idOf(plugin: PluginKey, checked: CheckedRequest, jobId: string | undefined): string {
  if (jobId === undefined) return randomBytes(12).toString('base64url');
  return digestOf(JSON.stringify([plugin, jobId, checked]));
}

const nameOf = ({ method, path, aliases: [alias] }: Endpoint) =>
  `${method} ${path !== '' || alias === undefined ? path : alias.base + alias.path}`;
const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 24);
