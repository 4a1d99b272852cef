// What must and must not compile; read by the type check, never run.
import { Router } from 'express';
import type { Exchange } from '../../src/core/exchange';
import { Endpoint, GatePlugin, Get, MountRouter, OnInit, Task } from '../../src/plugins/decorators';
import type { ExchangeAt, Params } from '../../src/plugins/endpoint';
import { PluginBase } from '../../src/plugins/plugin';
import { Config, Logger, Message, PluginDetails } from '../../src/plugins/tokens';

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
