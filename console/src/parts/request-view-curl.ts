/** What a request is, as far as it is kept. */
export interface ShownRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined where it was not kept. */
  readonly body: { readonly text: string } | { readonly base64: string } | undefined;
}

/** What the host shows in place of a credential. */
const MASK = '••••••';
/** Of the connection, not of the request. */
const OF_CONNECTION = ['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'keep-alive'];
/** Credentials, wherever they are shown. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie'];

/** A command for a POSIX shell that sends it again, without its credentials. `base`: the address of the host. */
export function curlOf({ method, target, headers, body }: ShownRequest, base: string): string {
  const sent = headers.filter(([name, value]) => {
    const lower = name.toLowerCase();
    return !value.includes(MASK) && !OF_CONNECTION.includes(lower) && !SECRET_HEADERS.includes(lower);
  });
  const parts = [`curl -X ${quoted(method)} ${quoted(`${base}${target}`)}`];
  parts.push(...sent.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`));
  if (body === undefined) return parts.join(' \\\n  ');
  if ('text' in body) {
    if (body.text !== '') parts.push(`--data-raw ${quoted(body.text)}`);
    return parts.join(' \\\n  ');
  }
  parts.push('--data-binary @-');
  return `printf %s ${quoted(body.base64)} | base64 -d | ${parts.join(' \\\n  ')}`;
}

/** `'` ends a text, an escaped one follows, and the text goes on. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
