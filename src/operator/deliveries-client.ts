import type { DeliveriesDesk, DeliveryTimeline } from '../core/ports/deliveries-desk';
import type { OperatorConnection } from './operator-connection';

/** Deliveries of a host in another process. */
export function connectDeliveries({ read }: OperatorConnection): DeliveriesDesk {
  const at = (receiptId: string) => `deliveries/${encodeURIComponent(receiptId)}`;
  return {
    timeline: async (receiptId) => (await read('GET', at(receiptId))) as unknown as DeliveryTimeline,
    fixture: async (receiptId) => {
      const { filename, text } = await read('GET', `${at(receiptId)}/fixture`);
      return { filename: String(filename), text: String(text) };
    },
  };
}
