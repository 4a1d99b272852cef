import type { SampledSender } from '../core/ports/samples';
import { listIn, type OperatorConnection } from './operator-connection';
import type { Delivered, EditableSample, SendDesk } from './send-desk';

/** The samples of a host in another process: it signs and sends, and tells what came of it. */
export function connectSending({ where, read }: OperatorConnection): SendDesk {
  return {
    list: async () => listIn<SampledSender>(await read('GET', 'send'), 'samples', where),
    addresses: async () => {
      const { addresses } = await read('GET', 'send');
      return Array.isArray(addresses) ? addresses.map(String) : [];
    },
    sample: async (sender, event) => {
      const query = event === undefined ? '' : `?${String(new URLSearchParams({ event }))}`;
      const path = `send/samples/${encodeURIComponent(sender)}${query}`;
      return (await read('GET', path)) as unknown as EditableSample;
    },
    send: async ({ body, ...wanted }) => {
      const bytes = body === undefined ? {} : { bodyBase64: body.toString('base64') };
      return (await read('POST', 'send', { ...wanted, ...bytes })) as unknown as Delivered;
    },
  };
}
