import { HostError } from '../core/errors';

const TOO_LATE = 'GATEHOUSE_TOO_LATE';
const PROXY_STATUSES: readonly number[] = [502, 503, 504];

/** What to do next, by what was tried. */
const NEXT = {
  socket:
    'start one with `gatehouse serve`, or name its data folder with --data, or a host elsewhere with --url',
  forbidden: 'run this as the user the host runs as, or ask it with --url and --token',
  url: 'see that the host runs and that --url names it; start one with `gatehouse serve`',
  proxy: 'what does finds no host behind it: see that one runs, or start it with `gatehouse serve`',
  untrusted:
    'see whether --url is to begin with http or https, and name the authority of its certificate in NODE_EXTRA_CA_CERTS',
  stuck: 'what is there took the question: see its log',
} as const;
const IN_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it hung up',
  EACCES: 'it belongs to another user',
  EPERM: 'it belongs to another user',
  ENOTFOUND: 'there is no such name',
};

/** The error of a question that brought no answer: what was tried, why in words, and the next step. */
export function unreachable(
  way: 'socket' | 'url',
  where: string,
  error: Error & { readonly code?: string },
): HostError {
  const { code = '', message } = error;
  const words = IN_WORDS[code] ?? message;
  // The code is what one looks up.
  const why = [code, words].filter((text) => text !== '' && text !== TOO_LATE).join(': ');
  return new HostError('operator/unreachable', [where, why, NEXT[nextOf(way, code)]], { cause: error });
}

/** For a question that has waited that long, ms. */
export function tooLate(patienceMs: number): Error {
  return Object.assign(new Error(`no answer within ${patienceMs / 1_000} s`), { code: TOO_LATE });
}

/** True of an answer that a proxy gives for a host that is not there: a host's own says why, as JSON. */
export function isProxyAlone({ status, body }: { status: number; body: object }): boolean {
  return PROXY_STATUSES.includes(status) && Object.keys(body).length === 0;
}

export function withoutHostBehind(where: string, status: number): HostError {
  return new HostError('operator/unreachable', [where, `something else answers ${status}`, NEXT.proxy]);
}

function nextOf(way: 'socket' | 'url', code: string): keyof typeof NEXT {
  if (code === TOO_LATE) return 'stuck';
  if (way === 'socket') return code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'socket';
  return /CERT|SSL|TLS|^EPROTO$|^HPE_/.test(code) ? 'untrusted' : 'url';
}
