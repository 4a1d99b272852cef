import { headerIn, type Change, type TrialRequest, type TrialScheme } from './trial';

const OWN_PORTS: Readonly<Record<string, string>> = { https: '443', http: '80' };
const OWN_PORT = /^(https:\/\/[^/]*(?=:443(?:\/|$))|http:\/\/[^/]*(?=:80(?:\/|$))):\d+/;
const MOST_HOSTS = 5;
const MOST_TARGETS = 8;
/** What proxies say of the target before they changed it. */
const TARGET_HEADERS = ['x-original-uri', 'x-original-url', 'x-rewrite-url', 'x-forwarded-uri'] as const;

const ADDRESS_COMPONENTS: ReadonlySet<string> = new Set([
  '@target-uri',
  '@authority',
  '@scheme',
  '@request-target',
  '@path',
  '@query',
]);

/** Whether the address is among what is signed. */
export function signsAddress(scheme: TrialScheme): boolean {
  if (scheme.kind === 'message') {
    const { components = ['@target-uri'] } = scheme.rule;
    return components.some((name) => ADDRESS_COMPONENTS.has(name));
  }
  if (scheme.kind === 'special') return ['twilio', 'pubsub', 'atlassian-connect'].includes(scheme.special.id);
  const { signed } = scheme.row;
  return signed.includes('url') || signed.includes('target');
}

/**
 * Other addresses the sender may have been given: another scheme, host, port or target. `publicBase` is the configured one.
 * To Twilio an address with its scheme's own port is the one without.
 */
export function addressChanges(
  scheme: TrialScheme,
  request: TrialRequest,
  publicBase: string | undefined,
): Change[] {
  const isTwilio = scheme.kind === 'special' && scheme.special.id === 'twilio';
  const addresses = new Set<string>();
  for (const base of basesOf(request, publicBase))
    for (const target of targetsOf(request))
      addresses.add((isTwilio ? base.replace(OWN_PORT, '$1') : base) + target);
  if (request.url !== undefined) addresses.delete(request.url);
  return [...addresses].map((url) => ({
    kind: 'address',
    what: `the sender was given the address ${shown(url)}`,
    next: nextFor(request.url, url),
    of: (trial) => {
      const target = url.slice(url.indexOf('/', url.indexOf('://') + 3));
      return { ...trial, request: { ...trial.request, url, target } };
    },
  }));
}

function basesOf(request: TrialRequest, publicBase: string | undefined): Set<string> {
  const configured = /^(https?):\/\/([^/]+)(.*)$/.exec(publicBase ?? '');
  const prefixes = ['', (configured?.[3] ?? '').replace(/\/$/, '')];
  const hosts = [configured?.[2], ...hostsIn(request.headers)].filter((host) => host !== undefined);
  const bases = new Set<string>();
  for (const host of [...new Set(hosts)].slice(0, MOST_HOSTS))
    for (const scheme of ['https', 'http'])
      for (const authority of authoritiesOf(host, scheme))
        for (const prefix of prefixes) bases.add(`${scheme}://${authority}${prefix}`);
  return bases;
}

/** With its port, without, and with the scheme's own. */
function authoritiesOf(host: string, scheme: string): readonly string[] {
  const bare = host.replace(/:\d{1,5}$/, '');
  return [host, bare, `${bare}:${OWN_PORTS[scheme] ?? ''}`];
}

/** What of a request names its host: good for a guess, never for a judgement. */
function hostsIn(headers: readonly string[]): string[] {
  const forwarded = /(?:^|[;,\s])host="?([^";,\s]{1,255})/i.exec(
    headerIn(headers, 'forwarded')?.slice(0, 2_048) ?? '',
  );
  const named = [
    headerIn(headers, 'x-forwarded-host')?.split(',')[0]?.trim(),
    forwarded?.[1],
    headerIn(headers, 'host'),
  ];
  return named.filter((host) => host !== undefined && /^[A-Za-z0-9.\-[\]:_]{1,255}$/.test(host)) as string[];
}

function targetsOf({ target, headers }: TrialRequest): readonly string[] {
  const [path = '', query] = split(target);
  const tail = query === undefined ? '' : `?${query}`;
  const turned = path.endsWith('/') && path.length > 1 ? path.slice(0, -1) : `${path}/`;
  const prefix = headerIn(headers, 'x-forwarded-prefix');
  const before = TARGET_HEADERS.map((name) => headerIn(headers, name)?.replace(/^https?:\/\/[^/]*/, ''));
  const targets = [
    target,
    turned + tail,
    path,
    turned,
    ...(prefix === undefined ? [] : [prefix.replace(/\/$/, '') + target]),
    ...before,
    spelled(target, encodeURI),
    spelled(target, decodeURI),
  ];
  return [...new Set(targets)]
    .filter((text): text is string => text?.startsWith('/') === true && text.length < 8_192)
    .slice(0, MOST_TARGETS);
}

function spelled(target: string, how: (text: string) => string): string | undefined {
  try {
    return how(target);
  } catch {
    return undefined;
  }
}

/** What to see to where no other address would have passed. */
export function addressAdvice({ url }: TrialRequest): string {
  return url === undefined
    ? 'It signs the address, and publicUrl is not set: set GATEHOUSE_PUBLIC_URL to the address that the sender was given, up to the path.'
    : `It signs the address; this host takes it to be ${shown(url)}: give the sender exactly that, or correct publicUrl (GATEHOUSE_PUBLIC_URL).`;
}

function nextFor(configured: string | undefined, url: string): string {
  const base = url.slice(0, url.indexOf('/', url.indexOf('://') + 3));
  if (configured === undefined)
    return `Tell the host its public address: set GATEHOUSE_PUBLIC_URL=${base}, or as the sender was given it.`;
  const own = configured.slice(0, configured.indexOf('/', configured.indexOf('://') + 3));
  return base === own
    ? `Give the sender exactly ${shown(configured)}, or see that no proxy changes the path or the query.`
    : `Give the sender exactly ${shown(configured)}, or correct publicUrl (GATEHOUSE_PUBLIC_URL) to ${base}.`;
}

/** Without the query's values: they may be tokens. */
function shown(url: string): string {
  const [address = '', query] = split(url);
  return query === undefined ? address : `${address}?…`;
}

function split(text: string): [string, string | undefined] {
  const at = text.indexOf('?');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
