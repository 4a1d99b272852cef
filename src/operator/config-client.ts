import { HostError } from '../core/errors';
import type { ConfigChange, ConfigDesk, ConfigReport } from './config-desk';
import { refusalOf, type OperatorConnection } from './operator-connection';

/** The configurations of a host in another process: every verb as one request. */
export function connectConfigs({ where, ask, read }: OperatorConnection): ConfigDesk {
  const at = (plugin: string) => `plugins/${encodeURIComponent(plugin)}/config`;
  return {
    view: async (plugin) => (await read('GET', at(plugin))) as unknown as ConfigReport,
    change: async (plugin, values, revision) => {
      const answer = await ask('PUT', at(plugin), { values, revision });
      const { code, detail } = answer.body;
      if (code === 'plugin/refused-config' && Array.isArray(detail))
        throw new HostError('plugin/refused-config', [plugin], { members: { detail } });
      if (answer.status !== 200) throw refusalOf(where, answer);
      return answer.body as unknown as ConfigChange;
    },
  };
}
