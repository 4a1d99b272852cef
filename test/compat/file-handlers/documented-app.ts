import { startHost, type TestHost } from '../../../src/testing';
import { pluginFolder } from '../../support/plugin-folder';
import { documentedFiles } from './documented-files';

/** Reads what the documented handlers wrote. */
const LOG_ROUTE = `export async function GET({ query, request, env }) {
  const rows = await query('SELECT source, event, payload FROM webhook_log ORDER BY id');
  return { rows, user: request.user, roles: request.roles, headers: request.headers, query: request.query };
}
`;
const PROBE = `export const POST = ({ request }) => ({ ...request, rawBody: request.rawBody, body: request.body });
export { POST as PUT };
`;
const TABLE = `CREATE TABLE webhook_log (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, event TEXT, payload TEXT NOT NULL
);
`;
/** Hears what the documented app emits. */
const LISTENER = `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'mailbox', version: '1.0.0', name: 'Mailbox', description: '' });
const heard = [];
plugin.onEvent('gmail_notification', (event) => { heard.push(event.data); });
plugin.get('/heard', {}, () => heard);
`;

const FILES: Readonly<Record<string, string>> = {
  ...documentedFiles,
  'webhooks/probe.js': PROBE,
  'webhooks/orders/[id]/index.js': PROBE,
  'server/log/index.js': LOG_ROUTE,
  'migrations/001-create-tables.sql': TABLE,
  'informer.yaml': 'name: My app\nowner: jane\nenv: [GITHUB_WEBHOOK_SECRET, CALLBACK_SECRET]\n',
  'index.html': '<!doctype html><title>My app</title>\n',
  'package.json': '{"name":"my-app","version":"1.0.0","main":"index.js"}',
};

/** An app as the old documentation shows one, in a host of its own. */
export class DocumentedApp {
  private constructor(readonly host: TestHost) {}

  static async start(): Promise<DocumentedApp> {
    const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`my-app/${name}`, text]));
    const folder = pluginFolder({ ...files, 'mailbox/index.js': LISTENER });
    return new DocumentedApp(await startHost({ plugins: folder }));
  }

  stop(): Promise<void> {
    return this.host.stop();
  }

  /** As the operator. */
  asOperator = (address: string, options: RequestInit = {}): Promise<Response> =>
    fetch(`${this.host.url}${address}`, {
      ...options,
      headers: { ...(options.headers as object), authorization: `Bearer ${this.host.operatorToken}` },
    });

  /** The public address of a webhook, its token included. */
  async urlOf(path: string): Promise<string> {
    const list: { webhooks: { path: string; url: string }[] } = await this.asOperator(
      '/api/apps/my-app/webhooks',
    ).then((response) => response.json() as never);
    const found = list.webhooks.find((webhook) => webhook.path === path);
    if (found === undefined) throw new Error(`there is no webhook ${path} among ${JSON.stringify(list)}`);
    return found.url;
  }

  async post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
    const response = await fetch(await this.urlOf(path), {
      method: 'POST',
      body: body as NonNullable<RequestInit['body']>,
      headers: { 'content-type': 'application/json', ...headers },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? (JSON.parse(text) as any) : text };
  }

  /** What its handlers logged, as its `server` route reads it. */
  async rows(): Promise<{ source: string; event: string | null; payload: string }[]> {
    const response = await this.asOperator('/api/apps/my-app/view/api/_server/log');
    return ((await response.json()) as any).rows;
  }
}
