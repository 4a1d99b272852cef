import { startHostUnderTest, type HostUnderTest } from './running-host';

/** A plugin that declares `body` and tells its addresses: what `webhookUrl` makes of the text it is sent. */
const source = (module: string, body: string) => `
  import { Router } from 'express';
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: 'acme', module: '${module}', name: 'CI', version: '1.0.0', description: 'd' });
  const signed = { access: { signedUrl: true } };
  const answering = (name) => () => Router().use((request, response) => response.json(name));
  ${body}
  plugin.put('/tell', { access: 'public' }, ({ text }) => ({ url: plugin.webhookUrl(text()) }));
`;

/** A host whose plugins tell their addresses. */
export class AddressesUnderTest {
  private constructor(private readonly host: HostUnderTest) {}

  /** `bodies`: what each plugin of `acme` declares, by its module. */
  static async start(bodies: Readonly<Record<string, string>>): Promise<AddressesUnderTest> {
    const written = Object.entries(bodies).map(([name, body]) => [`${name}/index.ts`, source(name, body)]);
    return new AddressesUnderTest(await startHostUnderTest(Object.fromEntries(written)));
  }

  /** What the plugin gives out for a path. */
  async told(module: string, path: string): Promise<string> {
    const tell = `${this.host.url}/api/plugin/acme.${module}/tell`;
    return ((await (await fetch(tell, { method: 'PUT', body: path })).json()) as { url: string }).url;
  }
  /** What answers there, or the status. */
  async ask(method: string, url: string): Promise<unknown> {
    const response = await fetch(this.host.url + url, { method });
    return response.ok ? ((await response.json()) as unknown) : response.status;
  }
  /** What answers with the address that was given out, and without its token. */
  async asked(module: string, path: string, method: string): Promise<readonly unknown[]> {
    const url = await this.told(module, path);
    return [await this.ask(method, url), await this.ask(method, url.slice(0, url.indexOf('?')))];
  }
  close(): Promise<void> {
    return this.host.close();
  }
}
