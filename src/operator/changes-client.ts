import { CHANGE_TOPICS, type Change, type ChangeFeed } from '../core/ports/change-feed';
import type { OperatorConnection } from './operator-connection';
import { dataOf } from './server-sent-events';

/** What changes at a host in another process; ends with the connection. */
export function connectChanges({ stream }: OperatorConnection): ChangeFeed {
  return {
    async *follow(signal) {
      for await (const data of dataOf(await stream('changes', signal), signal)) {
        const { topic, plugin } = JSON.parse(data) as Partial<Change>;
        // One that this version knows nothing of tells it nothing.
        const known = CHANGE_TOPICS.find((name) => name === topic);
        if (known !== undefined) yield { topic: known, ...(typeof plugin === 'string' && { plugin }) };
      }
    },
  };
}
