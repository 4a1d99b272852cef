import { spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** One webhook as GitHub would send it. */
export interface GithubDelivery {
  /** `api.github.com`, or a GitHub Enterprise Server version. */
  readonly version: string;
  readonly event: string;
  readonly body: string;
  readonly signature: string;
}

/**
 * Every payload GitHub publishes (`@octokit/webhooks-examples`), each as sent (compact JSON) and pretty-printed,
 * signed with GitHub's own library (`@octokit/webhooks-methods`).
 */
export async function* githubDeliveries(secret: string): AsyncGenerator<GithubDelivery> {
  const signer = spawn(process.execPath, [path.join(__dirname, 'sign-deliveries.mjs'), secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => signer.once('exit', resolve));
  for await (const line of createInterface({ input: signer.stdout }))
    yield JSON.parse(line) as GithubDelivery;
  if ((await ended) !== 0) throw new Error('sign-deliveries.mjs failed');
}

/** The delivery with one byte of its body changed and the signature kept. */
export function tampered(delivery: GithubDelivery): GithubDelivery {
  const at = Math.floor(delivery.body.length / 2);
  const other = delivery.body[at] === 'x' ? 'y' : 'x';
  return { ...delivery, body: delivery.body.slice(0, at) + other + delivery.body.slice(at + 1) };
}

const agent = new http.Agent({ keepAlive: true });

/** Posts the delivery on a kept-alive connection, with the headers GitHub sends. */
export function deliver(url: string, delivery: GithubDelivery): Promise<{ status: number; body: any }> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(delivery.body);
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      'User-Agent': 'GitHub-Hookshot/044aadd',
      'X-GitHub-Event': delivery.event,
      'X-Hub-Signature-256': delivery.signature,
    };
    const request = http.request(url, { method: 'POST', headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
      );
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** Closes the kept-alive connections. */
export function hangUp(): void {
  agent.destroy();
}
