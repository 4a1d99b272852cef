import { HostError } from '../core/errors';
import type { Explanation } from '../core/ports/explain';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginStatus, Transition } from '../core/ports/plugin-registry';
import { connectBackups } from './backup/backup-client';
import { connectAudit } from './audit-client';
import { connectChanges } from './changes-client';
import { connectChannels } from './channels-client';
import { connectConfigs } from './config-client';
import { connectData } from './data-client';
import { connectDeliveries } from './deliveries-client';
import { connectEvents } from './events-client';
import { connectHealth } from './health-client';
import { connectDesk } from './inbox-client';
import { connectLogs } from './log-client';
import { connectMeasurements } from './measurements-client';
import type { Operator } from './operator';
import { connectDoctor, connectQuarantine } from './quarantine-client';
import type { RefusalReplay } from './refusal-replay';
import { connectRuns } from './runs-client';
import { connectSchedules } from './schedules-client';
import { connectSecrets } from './secrets-client';
import { connectSending } from './send-client';
import { connectSessions } from './sessions-client';
import { connectTokens } from './tokens-client';
import { connectTools } from './tools-client';
import { connectPulls } from './pull-client';
import { connectUpkeep } from './upkeep-client';
import { connectUrls } from './urls-client';
import { connectUsers } from './users-client';
import {
  listIn,
  openConnection,
  refusalOf,
  type HostAddress,
  type OperatorConnection,
} from './operator-connection';

/** What a change answers that did not work, or not everywhere. */
const FAILED: ReadonlySet<number> = new Set([409, 504]);

/**
 * The operator of a host in another process. Rejects with operator/unreachable when nobody answers,
 * operator/token-refused on 401, what the host raised where its code is known, and operator/unexpected-answer for the rest.
 */
export function connectOperator(address: HostAddress): Operator {
  const connection = openConnection(address);
  const { where, ask, read } = connection;
  const ofPlugin = async (method: string, key: string, verb = ''): Promise<Record<string, unknown>> => {
    const answer = await ask(method, `plugins/${encodeURIComponent(key)}${verb}`);
    if (answer.body['code'] === 'plugin/unknown') throw new HostError('plugin/unknown', [key]);
    if (FAILED.has(answer.status) && typeof answer.body['transition'] === 'object')
      return answer.body['transition'] as Record<string, unknown>;
    if (answer.status !== 200) throw refusalOf(where, answer);
    return answer.body;
  };
  const change = async (key: string, verb: string) =>
    (await ofPlugin('POST', key, verb)) as unknown as Transition;
  return {
    plugins: async () => listIn<PluginStatus>(await read('GET', 'plugins'), 'plugins', where),
    plugin: async (key) => (await ofPlugin('GET', key)) as unknown as PluginStatus,
    enable: (key) => change(key, '/enable'),
    disable: (key) => change(key, '/disable'),
    reload: (key) => change(key, '/reload'),
    explain: async (method, path) =>
      (await read(
        'GET',
        `explain?${String(new URLSearchParams({ method, path }))}`,
      )) as unknown as Explanation,
    types: async (key) => {
      const { types } = await ofPlugin('GET', key, '/types');
      if (typeof types === 'string') return types;
      throw new HostError('operator/unexpected-answer', [where, 200, 'these are no types']);
    },
    openApi: async (key) =>
      key === undefined ? read('GET', 'openapi.json') : ofPlugin('GET', key, '/openapi.json'),
    readme: async (key) => {
      const { markdown } = await read('GET', `plugins/${encodeURIComponent(key)}/readme`);
      if (typeof markdown === 'string') return markdown;
      throw new HostError('operator/unexpected-answer', [where, 200, 'this is no README']);
    },
    deprecations: async () =>
      listIn<DeprecationUse>(await read('GET', 'deprecations'), 'deprecations', where),
    inbox: connectDesk(connection),
    channels: connectChannels(connection),
    secrets: connectSecrets(connection),
    logs: connectLogs(connection),
    quarantine: connectQuarantine(connection),
    replayRefusal: async (id) =>
      (await read('POST', `quarantine/${encodeURIComponent(id)}/replay`)) as unknown as RefusalReplay,
    doctor: connectDoctor(connection),
    sending: connectSending(connection),
    tools: connectTools(connection),
    tokens: connectTokens(connection),
    sessions: connectSessions(connection),
    events: connectEvents(connection),
    runs: connectRuns(connection),
    upkeep: connectUpkeep(connection),
    pulls: connectPulls(connection),
    backups: connectBackups(address),
    ...desksOf(connection),
  };
}

/** Those whose verbs are requests of their own, each. */
function desksOf(connection: OperatorConnection) {
  return {
    urls: connectUrls(connection),
    users: connectUsers(connection),
    configs: connectConfigs(connection),
    deliveries: connectDeliveries(connection),
    schedules: connectSchedules(connection),
    data: connectData(connection),
    health: connectHealth(connection),
    measurements: connectMeasurements(connection),
    audit: connectAudit(connection),
    changes: connectChanges(connection),
  };
}
