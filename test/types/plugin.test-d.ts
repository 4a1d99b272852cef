// What must and must not compile; read by the type check, never run.
import { Router } from 'express';
import { z } from 'zod';
import type { Exchange } from '../../src/core/exchange';
import type { Enqueued, Job } from '../../src/core/job';
import { ackWithin } from '../../src/plugins/ack-within';
import { Endpoint, GatePlugin, Get, MountRouter, OnInit, Schedule, Task } from '../../src/plugins/decorators';
import type { ExchangeAt, Params } from '../../src/plugins/endpoint-types';
import { PluginBase } from '../../src/plugins/plugin';
import { Config, Logger, Message, PluginDetails, Tasks } from '../../src/plugins/tokens';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_T extends true>(): void => undefined;

holds<Same<keyof Params<'/users/:id'>, 'id'>>();
holds<Same<keyof Params<'/users/:id/files/*rest'>, 'id' | 'rest'>>();
holds<Same<keyof Params<'/static'>, never>>();
holds<Same<Params<'/users/:id'>['id'], string>>();
holds<Same<Params<string>, Readonly<Record<string, string>>>>();

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
// @ts-expect-error author is missing
new PluginBase({ module: 'ci', name: 'CI', version: '1.0.0', description: '' });
const plugin = new PluginBase({ ...info, url: 'https://x.example', exclusive: true });

plugin
  .get('/users/:id', ({ params }) => params.id.length)
  .post('/users/:id/*rest', { access: 'operator' }, async ({ params, json }) => [params.rest, json<number>()])
  .endpoint({ method: 'PUT', path: '/a/:b' }, ({ params: { b } }) => b);
plugin.get('/plain', (exchange: Exchange) => exchange.params['anything']);
plugin.get(`/computed/${info.module}`, ({ params }) => params);
const path: string = '/computed/:x';
plugin.get(path, ({ params }) => params['x']);

// @ts-expect-error the path has no parameter of that name
plugin.get('/users/:id', ({ params }) => params.name);
// @ts-expect-error the path has no parameter of that name
plugin.endpoint({ method: 'GET', path: '/a/:b' }, ({ params }) => params.a);
// @ts-expect-error params cannot be written
plugin.get('/users/:id', ({ params }) => (params.id = 'x'));
// @ts-expect-error no such method
plugin.endpoint({ method: 'FETCH', path: '/' }, () => 1);
// @ts-expect-error no such access
plugin.get('/', { access: 'everyone' }, () => 1);
// @ts-expect-error no such option
plugin.get('/', { acess: 'operator' }, () => 1);
// @ts-expect-error no handler
plugin.get('/', { access: 'operator' });
// @ts-expect-error the handler comes last
plugin.get('/', () => 1, {});

plugin.mountRouter(() => Router(), { path: '/x' });
// @ts-expect-error the factory cannot be async
plugin.mountRouter(async () => Router());
// @ts-expect-error a factory, not a Router
plugin.mountRouter(Router(), { prefix: '/x' });
plugin.task('report', { attempts: 3, timeoutMs: 1 }, (payload) => payload).task('mail', () => undefined);
// @ts-expect-error it is called attempts
plugin.task('report', { maxAttempts: 3 }, () => 1);
plugin.onInit((scope) => scope.defer('x', () => undefined)).onCleanup((scope) => scope.reason);
// @ts-expect-error config is read-only
plugin.config['CHANNEL'] = 'x';

@GatePlugin(info)
export class Ci {
  constructor(
    readonly log: Logger,
    readonly details: PluginDetails,
    readonly message: Message,
    readonly config: Config,
  ) {}
  @Get('/builds/:id') build({ params }: ExchangeAt<'/builds/:id'>): string {
    return params.id;
  }
  @Get('/loose/:id') loose(exchange: Exchange): string | undefined {
    return exchange.params['id'];
  }
  @Endpoint({ method: 'POST', path: '/p' }) post(): void {}
  @MountRouter() router(): Router {
    return Router();
  }
  users(): string {
    // @ts-expect-error read-only
    this.details.env['TOKEN'] = 'x';
    const region: string | undefined = this.details.env['REGION'];
    const { userId } = this.details.asUser('ann');
    return [
      region,
      userId,
      this.config.get('region') as string,
      this.config.require('region') as string,
    ].join();
  }
  @Task('t', { attempts: 1 }) task(payload: { id: string }): string {
    return payload.id;
  }
  @OnInit() async start(): Promise<void> {}

  // @ts-expect-error the path has no parameter of that name
  @Get('/builds/:id') wrong({ params }: ExchangeAt<'/builds/:name'>): string {
    return params.name;
  }
  // @ts-expect-error only methods can be endpoints
  @Get('/x') field = 1;
}
// @ts-expect-error author is missing
@GatePlugin({ module: 'ci', name: 'CI', version: '1.0.0', description: '' })
export class Nameless {}

plugin
  .task('typed', { input: z.object({ id: z.coerce.number() }) }, (payload, job) => payload.id + job.attempt)
  .task<{ id: string }>('told', ({ id }) => id.length)
  .schedule('0 9 * * 1-5', { task: 'typed', timezone: 'Europe/Berlin', payload: { id: 1 }, catchUp: 'one' });
// @ts-expect-error the schema makes a number of it
plugin.task('typed', { input: z.object({ id: z.coerce.number() }) }, (payload) => payload.id.length);
// @ts-expect-error a schedule names its task
plugin.schedule('0 9 * * *', {});
// @ts-expect-error no such policy
plugin.schedule('0 9 * * *', { task: 'typed', catchUp: 'twice' });
plugin.endpoint(
  {
    method: 'POST',
    path: '/orders/:id',
    answer: ackWithin.slack,
    lane: (exchange) => exchange.params['id'] ?? '',
    dedupe: { header: 'X-Order' },
    retry: { attempts: 3, backoff: [1_000] },
    idempotency: { required: true },
  },
  async ({ params, job, respond, receiptId }) => {
    respond({ status: 201, body: { id: params.id } });
    await job?.store.create('orders', { id: params.id, receiptId });
  },
);
plugin.post(
  '/orders',
  { answer: { ackWithinMs: 100 }, dedupe: (exchange) => exchange.headers.get('x-id') },
  () => 1,
);
// @ts-expect-error a time, or one of two words
plugin.post('/orders', { answer: 'later' }, () => 1);
// @ts-expect-error a key or a header
plugin.post('/orders', { answer: 'accept', dedupe: { windowMs: 5 } }, () => 1);
// @ts-expect-error respond takes one object
plugin.post('/orders', { answer: 'accept' }, ({ respond }) => respond(201, {}));
void (async () => {
  const { id, duplicate } = await plugin.tasks.enqueue(
    'typed',
    { id: 1 },
    { runAt: new Date(), lane: 'a', priority: 5 },
  );
  return duplicate && plugin.tasks.signal(id, 'go', 1);
});

@GatePlugin(info)
export class Worker {
  constructor(readonly tasks: Tasks) {}
  @Task('typed', { input: z.object({ id: z.number() }), lane: ({ id }) => String(id) }) work(
    payload: { id: number },
    job: Job,
  ): Promise<Enqueued> {
    return this.tasks.enqueue('typed', payload, { dedupeKey: job.id });
  }
  @Schedule('0 9 * * *') daily(): void {}
}

plugin.secret('GITHUB', { description: 'of the hook', required: true }).secret('OTHER');
plugin.secrets.get('GITHUB')?.trim();
// @ts-expect-error there may be no value
plugin.secrets.get('GITHUB').trim();
// @ts-expect-error a value is never part of the code
plugin.secret('GITHUB', { value: 'x' });
