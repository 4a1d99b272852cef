import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FetchText } from '../../src/core/ports/fetch-text';

export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** A certificate authority of its own, made with openssl in a folder that `remove` takes away. */
export class Authority {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-authority-'));
  #made = 0;
  readonly root = this.issue({ name: 'Test Root', authority: true });

  issue(options: {
    name: string;
    by?: Certificate;
    authority?: boolean;
    alternative?: string | undefined;
    usage?: string;
    days?: number;
    bits?: number;
  }): Certificate {
    const base = path.join(this.#folder, String((this.#made += 1)));
    const lines = [
      `basicConstraints=critical,CA:${options.authority === true ? 'TRUE' : 'FALSE'}`,
      ...(options.alternative === undefined ? [] : [`subjectAltName=DNS:${options.alternative}`]),
      ...(options.usage === undefined ? [] : [`extendedKeyUsage=${options.usage}`]),
    ];
    writeFileSync(`${base}.ext`, lines.join('\n'));
    const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
    run('req', '-newkey', `rsa:${options.bits ?? 2048}`, '-nodes', '-keyout', `${base}.key`, '-out', `${base}.csr`, '-subj', `/O=Test/CN=${options.name}`); // prettier-ignore
    const days = ['-days', String(options.days ?? 3650), '-extfile', `${base}.ext`];
    const serial = [
      '-set_serial',
      String(this.#made),
      '-sha256',
      '-in',
      `${base}.csr`,
      '-out',
      `${base}.pem`,
    ];
    if (options.by === undefined) run('x509', '-req', ...serial, '-signkey', `${base}.key`, ...days);
    else {
      writeFileSync(`${base}.by.key`, options.by.key);
      writeFileSync(`${base}.by.pem`, options.by.certificate);
      run('x509', '-req', ...serial, '-CA', `${base}.by.pem`, '-CAkey', `${base}.by.key`, ...days);
    }
    return { key: readFileSync(`${base}.key`, 'utf8'), certificate: readFileSync(`${base}.pem`, 'utf8') };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A real https server that stands for every host, and a `FetchText` that is led to it. */
export class Network {
  readonly texts = new Map<string, string>();
  readonly asked: string[] = [];
  readonly #server: https.Server;
  readonly #ca: string;

  private constructor(identity: Certificate, ca: string) {
    this.#ca = ca;
    this.#server = https.createServer(
      { key: identity.key, cert: identity.certificate },
      (request, response) => {
        const url = `https://${request.headers.host ?? ''}${request.url ?? ''}`;
        this.asked.push(url);
        const text = this.texts.get(url);
        response.statusCode = text === undefined ? 404 : 200;
        response.end(text);
      },
    );
  }

  static async open(authority: Authority): Promise<Network> {
    const identity = authority.issue({ name: 'server', by: authority.root, alternative: 'server.test' });
    const network = new Network(identity, authority.root.certificate);
    await new Promise<void>((resolve) => network.#server.listen(0, '127.0.0.1', resolve));
    return network;
  }

  readonly fetchText: FetchText = (url, { maxBytes, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const { hostname, pathname, search } = new URL(url);
      const { port } = this.#server.address() as AddressInfo;
      const options = { host: '127.0.0.1', port, path: pathname + search, headers: { host: hostname } };
      const request = https.get(
        { ...options, ca: this.#ca, servername: 'server.test', timeout: timeoutMs, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks);
            if (response.statusCode !== 200 || text.length > maxBytes) reject(new Error('not to be had'));
            else resolve(text.toString('utf8'));
          });
        },
      );
      request.on('error', reject);
    });

  close(): Promise<unknown> {
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
