import { EventEmitter, once } from 'node:events';
import { GiveUp, Plugin, reply, RetryAfter, type DocumentStore } from 'gatehouse';
import { z } from 'zod';

const Order = z.object({ id: z.string(), item: z.string().min(1), to: z.string().min(1) });
type Order = z.infer<typeof Order>;
interface Stock {
  readonly orders: number;
  readonly shipped: number;
}

export const plugin = new Plugin({
  author: 'example',
  module: 'orders',
  name: 'Orders',
  version: '1.0.0',
  description: 'Takes orders that are stored before they are acknowledged, and ships them with tasks.',
});

/** What this version of the plugin shipped, or why not, and counted; the orders themselves are stored documents. */
const shipments = new Map<string, Order | string>();
let stock: Stock | undefined;
const news = new EventEmitter().setMaxListeners(0); // as many as wait

plugin.endpoint(
  {
    method: 'POST',
    path: '/orders',
    body: { kind: 'json' },
    answer: 'accept',
    dedupe: { header: 'X-Order-Id' },
    lane: ({ json }) => json<Order>().to, // first come, first shipped, at each place
  },
  async ({ json, job }) => {
    const order = Order.parse(json());
    // One commit with the success of this delivery: the order and its shipping, or neither.
    await job?.store.create('orders', { ...order, isShipped: false });
    job?.enqueue('ship', order, { dedupeKey: order.id });
  },
);

plugin.task('ship', { input: Order, attempts: 3, backoff: [200] }, async (order, job) => {
  if (order.to === 'Atlantis') {
    tell(order, 'No ship sails to Atlantis.');
    throw new GiveUp('no ship sails to Atlantis');
  }
  if (order.to === 'Reykjavik' && job.attempt === 1) throw new RetryAfter(100, 'the harbour is frozen');
  await job.store.update('orders', order.id, { isShipped: true });
  tell(order, order);
});

plugin.get('/shipments/:id', async ({ params, query, signal }) => {
  while ('wait' in query && !shipments.has(params.id)) await once(news, 'news', { signal });
  const shipment = shipments.get(params.id) ?? `Order ${params.id} is not shipped.`;
  return typeof shipment === 'string' ? reply(404, { detail: shipment }) : shipment;
});

plugin.task('stocktake', async (_payload, { store }) => {
  stock = await count(store);
  news.emit('news');
});
plugin.schedule('0 6 * * 1-5', { task: 'stocktake', timezone: 'Europe/Berlin' });
plugin.post('/stocktake', async () => reply(202, await plugin.tasks.enqueue('stocktake')));
plugin.get('/stock', async ({ query, signal }) => {
  while ('wait' in query && stock === undefined) await once(news, 'news', { signal });
  return stock ?? {};
});

function tell({ id }: Order, shipment: Order | string): void {
  shipments.set(id, shipment);
  news.emit('news');
}

async function count(store: DocumentStore): Promise<Stock> {
  const orders = await store.list<{ isShipped: boolean }>('orders');
  return { orders: orders.length, shipped: orders.filter(({ data }) => data.isShipped).length };
}
