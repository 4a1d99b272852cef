import type {
  AdapterInfo,
  ChannelsDesk,
  ChannelStatus,
  HistoryEntry,
  HistoryPage,
} from '../core/ports/channels-desk';
import { listIn, refusalOf, type OperatorConnection } from './operator-connection';

/** The chats of a host in another process: every verb as one request. */
export function connectChannels({ where, ask, read }: OperatorConnection): ChannelsDesk {
  const at = (chatKey: string, rest = '') => `channels/${encodeURIComponent(chatKey)}${rest}`;
  const idIn = ({ id }: Readonly<Record<string, unknown>>) => ({ id: String(id) });
  return {
    adapters: async () => listIn<AdapterInfo>(await read('GET', 'channels/adapters'), 'adapters', where),
    list: async () => listIn<ChannelStatus>(await read('GET', 'channels'), 'channels', where),
    set: async (chatKey, { credential, ...change }) => {
      const body = { ...change, ...(credential !== undefined && { credential: credential.reveal() }) };
      return (await read('PUT', at(chatKey), body)) as unknown as ChannelStatus;
    },
    remove: async (chatKey) => (await read('DELETE', at(chatKey)))['removed'] === true,
    test: async (chatKey) => idIn(await read('POST', at(chatKey, '/test'))),
    history: async (chatKey, { limit, before } = {}) => {
      const query = new URLSearchParams({
        ...(limit !== undefined && { limit: String(limit) }),
        ...(before !== undefined && { before }),
      });
      return (await read('GET', at(chatKey, `/history?${String(query)}`))) as unknown as HistoryPage;
    },
    message: async (id) => {
      const answer = await ask('GET', `channels/messages/${encodeURIComponent(id)}`);
      if (answer.body['code'] === 'channel/no-message') return undefined;
      if (answer.status !== 200) throw refusalOf(where, answer);
      return answer.body as unknown as HistoryEntry;
    },
    attachment: async (id) => {
      const answer = await ask('GET', `channels/messages/${encodeURIComponent(id)}/attachment?as=json`);
      if (answer.body['code'] === 'channel/no-message') return undefined;
      if (answer.status !== 200) throw refusalOf(where, answer);
      const { filename, contentType, base64 } = answer.body;
      const data = Buffer.from(String(base64), 'base64');
      return { filename: String(filename), contentType: String(contentType), data };
    },
    say: async (chatKey, text) => idIn(await read('POST', at(chatKey, '/say'), { text })),
  };
}
