import type { SignatureRow } from '../../core/signature-row';

/** How an endpoint says that its sender signs so: with `hmac({ … })` where that is enough, else by the `member` of a row. */
export function saidAs(row: SignatureRow | undefined, member: string): string {
  const options = row && hmacOptions(row);
  return options === undefined
    ? `say \`${member}\` in a row of your own`
    : `say \`signature: hmac({ ${options} })\` at the endpoint`;
}

/** Undefined for what `hmac` cannot say. */
function hmacOptions(row: SignatureRow): string | undefined {
  const { kind, hash = 'sha256', signature, key, weaker } = row;
  const { from, prefix = '', encoding, parse } = signature;
  const isPlain = kind === 'hmac' && parse === 'whole' && key.encoding === 'utf8' && key.strip === undefined;
  const time = momentOption(row);
  if (!isPlain || !('header' in from) || weaker !== undefined || time === undefined) return undefined;
  return [
    `header: ${quoted(from.header)}`,
    ...(prefix === '' ? [] : [`prefix: ${quoted(prefix)}`]),
    ...(encoding === 'hex' ? [] : [`encoding: '${encoding}'`]),
    ...(hash === 'sha256' ? [] : [`hash: '${hash}'`]),
    ...(time === '' ? [] : [time]),
  ].join(', ');
}

/** Empty where the body alone is signed; undefined where something else is. */
function momentOption({ signed, time, over = 'wire' }: SignatureRow): string | undefined {
  const [first, between, ...rest] = signed;
  if (over !== 'wire') return undefined;
  if (first === 'body' && between === undefined) return '';
  const isMoment = first === 'timestamp' && rest.length === 1 && rest[0] === 'body';
  if (!isMoment || time === undefined || !('header' in time.from)) return undefined;
  if (typeof between !== 'object' || !('literal' in between)) return undefined;
  const more = [
    ...(time.unit === 's' ? [] : [`unit: '${time.unit}'`]),
    ...(between.literal === '.' ? [] : [`separator: ${quoted(between.literal)}`]),
    ...(time.past === 300 ? [] : [`windowSeconds: ${time.past}`]),
  ];
  const { header } = time.from;
  return more.length === 0
    ? `timestamp: ${quoted(header)}`
    : `timestamp: { ${[`header: ${quoted(header)}`, ...more].join(', ')} }`;
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
