import { z } from 'zod';
import { buildMount } from '../../src/core/mount';
import { STANDARD_RETRY } from '../../src/core/retry';
import { withBody } from '../../src/plugins/provided';
import { createPlugin, declarationsOf, endpointsOf, readFiles, refusalOf } from './declared';

describe('plugin.socket', () => {
  test('declares an endpoint that is connected to', () => {
    const handler = () => undefined;
    expect(endpointsOf(createPlugin().socket('/echo', handler))).toEqual([
      {
        kind: 'endpoint',
        origin: { dialect: 'native', where: 'socket("/echo")' },
        method: 'GET',
        path: '/echo',
        reach: 'exact',
        access: 'public',
        body: { kind: 'stream' },
        answer: 'handler',
        retry: STANDARD_RETRY,
        aliases: [],
        serve: { connect: handler, limits: {} },
      },
    ]);
  });

  test('with everything that can be said of it', () => {
    const params = z.object({ room: z.string() });
    const query = z.object({ since: z.coerce.number() });
    const rate = { requests: 1, perMs: 1_000 };
    const [endpoint] = endpointsOf(
      createPlugin().socket(
        '/rooms/:room',
        {
          params,
          query,
          access: 'operator',
          limits: { messageBytes: 1, bufferedBytes: 2, perAddress: rate },
          heartbeatMs: 3,
          protocols: ['v2', 'v1'],
          provide: { me: () => 'x' },
          title: 'T',
          summary: 'S',
          tags: ['live'],
        },
        () => undefined,
      ),
    );
    expect(endpoint).toMatchObject({
      access: 'operator',
      isAccessChosen: true,
      quotas: { perAddress: rate },
      title: 'T',
      schema: { params, query, summary: 'S', tags: ['live'] },
      provide: [{ name: 'me', needsBody: false }],
      serve: { limits: { messageBytes: 1, bufferedBytes: 2, heartbeatMs: 3, protocols: ['v2', 'v1'] } },
    });
  });

  test('stands beside a GET endpoint at its path, but not beside another', async () => {
    const plugin = createPlugin()
      .get('/live', () => 1)
      .socket('/live', () => undefined);
    expect(buildMount(plugin.key, plugin.info, declarationsOf(plugin)).endpoints).toHaveLength(2);
    const twice = createPlugin()
      .socket('/live/:a', () => undefined)
      .socket('/live/:b', () => undefined);
    const { message } = await refusalOf(() => buildMount(twice.key, twice.info, declarationsOf(twice)));
    expect(message).toContain('socket("/live/:b") and socket("/live/:a") both declare');
  });

  test('is a decorator too', async () => {
    const [endpoint] = await readFiles({
      'index.ts': `import { GatePlugin, Socket } from 'gatehouse';
        @GatePlugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' })
        export class Ci { word = 'hi'; @Socket('/live', { heartbeatMs: 5 }) live(socket: any) { return [this.word, socket]; } }`,
    });
    expect(endpoint).toMatchObject({
      origin: { where: '@Socket("/live") live' },
      serve: { limits: { heartbeatMs: 5 } },
    });
    expect((endpoint as any).serve.connect('socket')).toEqual(['hi', 'socket']);
  });

  test('is refused at the call, every fault named', async () => {
    const { code, message } = await refusalOf(() =>
      (createPlugin() as any).socket(
        '/rooms',
        {
          answer: 'accept',
          params: z.object({ room: z.string() }),
          limits: { messageBytes: 0, bytes: 1 },
          heartbeatMs: -1,
          protocols: ['a b', 'v1', 'v1'],
          provide: { body: () => 1, late: withBody(() => 1) },
          access: 'all',
        },
        'no',
      ),
    );
    expect(code).toBe('mount/invalid');
    for (const part of [
      'unknown option "answer"',
      'params has "room", which the path does not',
      'messageBytes must be',
      'unknown option "bytes"',
      'heartbeatMs must be',
      'protocols has "a b"',
      'protocols has "v1"',
      "provide.body: the name is the host's",
      'provide.late needs a body, and a handshake has none',
      'access "all" is not known',
      'the handler must be a function',
    ])
      expect(message).toContain(part);
  });

  test('has no body, and is not told to be declared otherwise', async () => {
    const { message } = await refusalOf(() =>
      (createPlugin() as any).socket('/x', { body: z.object({}), files: {} }, () => 1),
    );
    expect(message).toContain('unknown option "body"');
    expect(message).toContain('unknown option "files"');
    expect(message).not.toContain('takes no body');
  });

  test('checks headers by names in lower case, and an empty path is the root', async () => {
    const headers = z.object({ 'X-Cap': z.string() });
    const { message } = await refusalOf(() => createPlugin().socket('', { headers }, () => undefined));
    expect(message).toContain('socket(""): headers has "X-Cap"; names are in lower case: "x-cap"');
    expect(message).not.toContain('path must');
  });

  test.each([[null], ['x'], [[]]])('options that are %j are refused', async (options) => {
    const refusal = await refusalOf(() => (createPlugin() as any).socket('/x', options, () => 1));
    expect(refusal.code).toBe('mount/invalid');
  });
});
