// What must and must not compile of `gatehouse/testing`; read by the type check, never run.
import type { Response } from 'supertest';
import { Plugin } from '../../src/index';
import {
  fakeClock,
  request,
  signed,
  startHost,
  testChannel,
  type PluginAgent,
  type SignatureRow,
  type TestHost,
} from '../../src/testing';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_T extends true>(): void => undefined;

const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' });
declare const row: SignatureRow;

export async function uses(): Promise<void> {
  const host = await startHost({
    plugins: __dirname,
    secrets: { 'acme.ci': { TOKEN: 'x' } },
    channel: testChannel(),
    clock: fakeClock(),
  });
  const idle: Promise<void> = host.idle();
  await idle;
  holds<Same<typeof host, TestHost>>();
  const made = signed('github', { secret: 's', body: { a: 1 }, at: fakeClock().now() });
  holds<Same<typeof made.headers, Record<string, string>>>();
  await fetch(host.urlOf('acme.ci', '/github'), made);
  await fetch(host.url, signed(row, { secret: 's', body: Buffer.from('a') }));
  const level: string | undefined = host.logs[0]?.level;
  const extra: unknown = host.logs[0]?.['anything'];
  void [level, extra];

  // @ts-expect-error a secret is needed
  signed('github', { body: '' });
  // @ts-expect-error plugins are needed
  await startHost({});
  // @ts-expect-error secrets are grouped by plugin
  await startHost({ plugins: '.', secrets: { TOKEN: 'x' } });
  // @ts-expect-error there is no such choice
  await startHost({ plugins: '.', failed: 'ignore' });
  // @ts-expect-error the log is the host's to write
  host.logs.push({ level: 'info', message: '', time: '' });

  const agent: PluginAgent = await request(plugin, { secrets: { TOKEN: 'x' } });
  const answer: Response = await agent.get('/').set('a', 'b').expect(200);
  const signedAnswer: Response = await agent.signed('github', '/', { secret: 's', body: '' }).expect(200);
  void signedAnswer;
  await request(() => plugin, { clock: fakeClock(0), channel: testChannel() });
  await request(class {});
  await agent.stop();
  void answer;
  // @ts-expect-error one plugin: its secrets are not grouped
  await request(plugin, { secrets: { 'acme.ci': { TOKEN: 'x' } } });
  // @ts-expect-error a moment is no clock
  await request(plugin, { clock: Date.now() });
  // @ts-expect-error a secret is needed
  agent.signed('github', '/', { body: '' });
  // @ts-expect-error a key names no plugin object
  await request('acme.ci');
}
