import { admitsOperator, describeAccess, modesOf, type EndpointAccess } from '../core/access';
import { secretsIn } from '../core/declared-secrets';
import type { Clock } from '../core/clock';
import type { Endpoint } from '../core/declaration';
import { signedPath } from '../core/endpoint-path';
import { HostError } from '../core/errors';
import type { MountTable } from '../core/mount-table';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { Explainer } from '../core/ports/explain';
import type { Identity } from '../core/ports/operator-auth';
import type { SampledSender, Samples, WantedSample } from '../core/ports/samples';
import type { Secrets } from '../core/ports/secrets';
import type { SignedUrls } from '../core/ports/signed-urls';
import { holdsScope } from '../core/scopes';
import type { Secret } from '../core/secret';
import { sendSample, type SentSample } from './send-sample';
import { whyUnverified } from './why-unverified';

/** A sample that is to be sent to an endpoint of this host. */
export interface WantedDelivery extends WantedSample {
  /** `<plugin>/<path>`, or an address of the host's beginning with `/`; either perhaps with a query. */
  readonly to: string;
  /** Which of the plugin's secrets signs, in place of the one the endpoint verifies with. */
  readonly secretName?: string | undefined;
  /** Through the host's public address, proxies and all, rather than straight to where it listens. */
  readonly isPublic?: boolean | undefined;
}

export interface Delivered extends SentSample {
  readonly plugin: string;
  /** Method and path, as declared. */
  readonly endpoint: string;
  /** Who may ask there, in words. */
  readonly access: string;
  /** Why nothing can be verified there (503), and what mends it; undefined where something can. */
  readonly why?: string;
}

/** A sample for people to change. */
export interface EditableSample {
  readonly headers: Readonly<Record<string, string>>;
  /** As UTF-8. */
  readonly body: string;
}

/** Who wants something sent. */
export type Asker = Pick<Identity, 'name' | 'scopes'>;

/** Sends samples to endpoints, signed with their own secrets, which never leave the host. */
export interface SendDesk {
  list(): Promise<readonly SampledSender[]>;
  /** What begins the host's own addresses, no trailing slash: where it listens, and where it is public. */
  addresses(): Promise<readonly string[]>;
  /** One of them, to be changed and sent: unsigned. @throws what `Samples.show` throws */
  sample(sender: string, event?: string): Promise<EditableSample>;
  /**
   * `asker`: who wants it, and what is held; nothing where it is left out. In another process, the token that is shown there
   * decides. @throws what `sendSample` throws, samples/no-endpoint, samples/bad-request, operator/scope
   */
  send(wanted: WantedDelivery, asker?: Asker): Promise<Delivered>;
}

export interface SendPorts {
  readonly explainer: Explainer;
  readonly table: Pick<MountTable, 'get'>;
  readonly secrets: Pick<Secrets, 'live'>;
  readonly signedUrls: Pick<SignedUrls, 'current'>;
  readonly samples: Samples;
  readonly operatorToken: Secret;
  /** Where the host listens, from this machine; undefined before it does. */
  readonly url: () => string | undefined;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
}

/** Endpoints that answer none of these are no webhook's. */
const METHODS = ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'] as const;
const NOBODY: Asker = { name: 'nobody', scopes: [] };
/** As its operation is called. */
const SENDING = 'send.deliver';
const VISIBLE = /^\/[\x21-\x7e]*$/;

/** The endpoints of this very process's host. */
export function createSendDesk(ports: SendPorts): SendDesk {
  return {
    list: async () => ports.samples.list(),
    addresses: async () => addressesOf(ports),
    sample: async (sender, event) => {
      const { headers, body } = ports.samples.show(sender, event);
      return { headers, body: body.toString('utf8') };
    },
    send: async (wanted, asker = NOBODY) => {
      const target = targetOf(wanted.to);
      const { key, method, endpoint } = findEndpoint(ports, target);
      const { access } = endpoint;
      if (wanted.secretName !== undefined && secretsIn(access).length === 0)
        throw new HostError('samples/bad-request', ['the endpoint verifies with no secret, so none signs']);
      requireScopes(wanted, access, asker);
      const now = ports.clock.now();
      const secretOf = (name: string) => ports.secrets.live(key, wanted.secretName ?? name, now)[0]?.value;
      const { base, publicBase } = basesOf(ports, wanted);
      const sent = await sendSample(ports.samples, wanted, {
        ...{ base, publicBase, access, method, target, secretOf, plugin: key, at: now },
        urlToken: ports.signedUrls.current(key, signedPath(endpoint), now),
        operatorToken: ports.operatorToken.reveal(),
      });
      const declared = `${endpoint.method} ${endpoint.path}`;
      const why = whyUnverified(ports, { key, access, now }, sent.answer);
      return {
        ...{ plugin: key, endpoint: declared, access: describeAccess(access), ...sent },
        ...(why !== undefined && { why }),
      };
    },
  };
}

/**
 * The operator's own token goes along where an access asks for it, and any secret of the plugin could be learned by having
 * it sent to an endpoint that does not verify with it. @throws operator/scope
 */
function requireScopes({ secretName }: WantedDelivery, access: EndpointAccess, asker: Asker): void {
  const needed = modesOf(access)
    .filter(admitsOperator)
    .map((mode) => (typeof mode === 'object' && 'scope' in mode ? mode.scope : 'admin'));
  if (secretName !== undefined && !secretsIn(access).includes(secretName)) needed.push('secrets');
  const missing = needed.find((scope) => !holdsScope(asker.scopes, scope));
  if (missing !== undefined) throw new HostError('operator/scope', [SENDING, missing, asker.name]);
}

function targetOf(to: string): string {
  const target = to.startsWith('/') ? to : `/api/plugin/${to}`;
  if (VISIBLE.test(target)) return target;
  throw new HostError('samples/bad-request', ['`to` is <plugin>/<path>, with nothing in it to be escaped']);
}

/** What it is sent to, and what senders know it by, which some of them sign. */
function basesOf({ url, publicUrl }: SendPorts, { isPublic }: WantedDelivery) {
  const here = url();
  if (here === undefined) throw new HostError('samples/bad-request', ['the host does not listen yet']);
  const known = publicUrl?.replace(/\/$/, '');
  if (isPublic === true && known === undefined)
    throw new HostError('samples/bad-request', ['the host was not told its public address (publicUrl)']);
  return { base: isPublic === true ? (known ?? here) : here, publicBase: known ?? here };
}

interface Found {
  readonly key: PluginKey;
  readonly method: string;
  readonly endpoint: Endpoint;
}

const OF_THIS_MACHINE = ['127.0.0.1', '[::1]', 'localhost'];

function addressesOf({ url, publicUrl }: SendPorts): readonly string[] {
  const here = url();
  const known = publicUrl === undefined ? [] : [publicUrl.replace(/\/$/, '')];
  if (here === undefined) return known;
  const { protocol, hostname, port } = new URL(here);
  const names = OF_THIS_MACHINE.includes(hostname) ? OF_THIS_MACHINE : [hostname];
  return [...names.map((name) => `${protocol}//${name}${port === '' ? '' : `:${port}`}`), ...known];
}

/** Whatever address it is asked by, an old one included. @throws samples/no-endpoint */
function findEndpoint({ explainer, table }: SendPorts, target: string): Found {
  const [path = ''] = target.split('?', 1);
  const explanations = METHODS.map((method) => explainer.explain(method, path));
  for (const { plugin = '', endpoint, method, status } of explanations) {
    const key = parsePluginKey(plugin);
    if (status !== 200 || key === undefined || endpoint === undefined) continue;
    const found = table.get(key)?.live?.mount.endpoints.find(
      // Several without a path of their own are told apart by what their authors wrote.
      ({ method: declared, path: at, origin }) =>
        declared === endpoint.method && at === endpoint.path && endpoint.origin.startsWith(origin.where),
    );
    if (found !== undefined) return { key, method, endpoint: found };
  }
  const why = explanations[0]?.steps.at(-1) ?? 'nothing is there';
  // Another plugin's endpoints are none that was meant.
  const [, plugin = ''] = path.split('/api/plugin/');
  const key = parsePluginKey(plugin.split('/', 1)[0] ?? '');
  const isThere = key !== undefined && table.get(key) !== undefined;
  const list = `gatehouse plugins urls${isThere ? ` ${key}` : ''}`;
  throw new HostError('samples/no-endpoint', [path, why.replace(/\.$/, ''), list]);
}
