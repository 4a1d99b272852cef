/** docs/providers.md: every sender whose requests the host verifies, a line each, from the rows it verifies them by. */

const HOUR_MS = 3_600_000;

/** How a secret is written; as text where nothing is said. */
const KEYS = {
  base64: 'base64',
  hex: 'hex',
  'ed25519-hex': 'a public key in hex',
  'ed25519-base64': 'a public key in base64',
  'spki-base64': 'a public key in base64',
  pem: 'a public key in PEM',
};

/**
 * The page. `groups`: headings and the rows below them; `handshakes` by id; `specials` by id, with what each expects;
 * `standardWindowMs`: how long deliveries are known where their row does not say.
 */
export function providersPage({ groups, handshakes, specials, standardWindowMs }) {
  const rows = groups.flatMap(({ rows }) => rows);
  const context = { handshakes, specials, standardWindowMs };
  return `${head(rows.length, standardWindowMs)}
${groups.map(({ title, rows }) => `## ${title}\n\n${table(rows, context)}`).join('\n\n')}

## Handshakes

Before they send, some senders ask whether the address is theirs to use. The host answers these for the kind an endpoint's
sender has, before the plugin is asked; \`handshake: false\` in \`access\` leaves them to the plugin.

| handshake | asked with | answered | needs | source |
|---|---|---|---|---|
${Object.entries(handshakes).map(handshakeLine).join('\n')}
`;
}

function head(count, standardWindowMs) {
  return `# Senders

Generated from the rows in \`src/signatures/rows\` by \`npm run docs\`. The host verifies requests of these ${count} kinds:

\`\`\`ts
plugin.endpoint(
  { method: 'POST', path: '/github', access: { signature: 'github', secret: 'GITHUB_WEBHOOK_SECRET' } },
  (exchange) => exchange.verified,
);
\`\`\`

The name in \`signature\` is the one in the first column; \`secret\` names secrets of the plugin (see [secrets](guide/secrets.md)), which
are what the sender shows or was given. Headers of your own: \`hmac({ header, prefix, encoding, hash, timestamp })\`, \`sharedSecret({ header })\`, or
a whole row as data. How to try it out: [testing](guide/testing.md).

- **signed**: the algorithm, how it is written, and the bytes, \`+\` between parts. A window is how far the signed moment may lie in the past
  and in the future; without one, only the memory of deliveries keeps a copy of an old request out.
- **delivery**: where the sender names a delivery. Duplicates are known by it where it is signed, for ${duration(standardWindowMs)} unless another
  time is given. Where it is not, anybody may write another one: then they are known by a digest of what is signed. A sender that only
  shows a secret is taken at its word, and without a name for its deliveries none is known to be a duplicate.
- **answer**: how soon the sender wants one, and the status where any 2xx will not do; "–" where its pages do not say.
- Senders that sign the address need \`publicUrl\` to be what they were given, byte for byte.
`;
}

function table(rows, context) {
  return `| name | sender | header | signed | delivery | answer | handshake | set-up and limits |
|---|---|---|---|---|---|---|---|
${rows.map((row) => line(row, context)).join('\n')}`;
}

function line(row, { handshakes, specials, standardWindowMs }) {
  const { id, title, source, handshake } = row;
  const cells = [
    `\`${id}\``,
    source === undefined ? title : `[${title}](${source})`,
    placeText(row.signature.from, row),
    row.weaker === undefined ? signedText(row) : `${signedText(row)}, or as \`${row.weaker.id}\``,
    deliveryText(row, standardWindowMs),
    answerText(row.ack),
    handshake === undefined ? '–' : `\`${handshake}\``,
    limitsText(row, handshakes, specials),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function placeText(place, { signature } = { signature: {} }) {
  const others = (signature.alternatives ?? []).map((other) => placeText(other));
  const [[kind, name]] = Object.entries(place).filter(([key]) => key !== 'signed');
  const text = {
    header: `\`${name}\``,
    headerPattern: `\`${name}\``,
    pair: `its \`${name}\``,
    json: `JSON \`${name}\``,
    form: `field \`${name}\``,
    query: `\`?${name}=\``,
  }[kind];
  return [text, ...others].join(' or ');
}

function signedText(row) {
  const { kind, hash = 'sha256', signature, time } = row;
  if (kind === 'special') return 'by code of its own';
  const written = writtenText(signature);
  if (kind === 'token')
    return `nothing: the secret itself${signature.prefix === undefined ? '' : `, ${written}`}`;
  const named = hash.toUpperCase();
  const algorithm = {
    hmac: `HMAC-${named}`,
    digest: `plain ${named}`,
    ed25519: 'Ed25519',
    ecdsa: `ECDSA, ${named}`,
    rsa: `RSA, ${named}`,
  }[kind];
  const bytes = row.signed.map((part) => partText(part, row)).join(' + ');
  return [
    `${algorithm}, ${written}`,
    bytes,
    ...(time === undefined ? [] : [windowText(time, row.signed.includes('timestamp'))]),
  ].join('; ');
}

function writtenText({ parse, keys = [], prefix = '', encoding, equals = '=' }) {
  const name = { hex: 'hex', base64: 'base64', base64url: 'base64url', text: 'as it stands' }[encoding];
  if (parse === 'pairs') return `${keys.map((key) => `\`${key}${equals}\``).join(', ')} ${name}`;
  return prefix === '' ? name : `\`${prefix}\` ${name}`;
}

function partText(part, row) {
  if (typeof part !== 'string')
    return 'literal' in part ? `\`${JSON.stringify(part.literal).slice(1, -1)}\`` : placeText(part);
  const words = {
    body: 'body',
    timestamp:
      row.time === undefined ? 'timestamp' : `${placeText(row.time.from)} (${unitText(row.time.unit)})`,
    method: 'method',
    url: 'address',
    target: 'path and query',
    key: 'the secret',
    bodySha256Hex: 'hex SHA-256 of the body',
    payload: 'the JSON, also of a form’s `payload`',
  };
  return words[part];
}

const unitText = (unit) => ({ s: 'seconds', ms: 'milliseconds', iso: 'RFC 3339' })[unit];

/** `isShown`: the bytes named the moment already. */
function windowText({ from, unit, past, future }, isShown) {
  const [back, ahead] = [duration(past * 1_000), duration(future * 1_000)];
  const window = past === future ? `± ${back}` : `− ${back}, + ${ahead}`;
  return isShown ? window : `${window} of ${placeText(from)} (${unitText(unit)})`;
}

function deliveryText({ delivery, dedupeWindowMs = undefined }, standardWindowMs) {
  const places = delivery.map((place) => `${placeText(place)} (${place.signed ? 'signed' : 'not signed'})`);
  const known =
    dedupeWindowMs === undefined || dedupeWindowMs === standardWindowMs ? [] : [duration(dedupeWindowMs)];
  return [places.length === 0 ? 'none' : places.join(' or '), ...known].join('; ');
}

function answerText(ack) {
  if (ack === undefined) return '–';
  const demanded =
    ack.status === undefined
      ? []
      : [String(ack.status), ...(ack.body === undefined ? [] : [`\`${ack.body}\``])];
  return [duration(ack.deadlineMs), ...demanded].join(', ');
}

function limitsText({ id, notes = [], bodyUnsigned, handshake, key }, handshakes, specials) {
  const needs = handshake === undefined ? undefined : handshakes[handshake].needs;
  const expects = (specials.get(id)?.expects ?? []).map(
    ({ name, meaning, required }) => `\`expect.${name}\`${required ? '' : ' (optional)'}: ${meaning}.`,
  );
  const encoding = KEYS[key.encoding];
  const secret =
    encoding === undefined
      ? []
      : [`The secret is ${encoding}${key.strip === undefined ? '' : ` after \`${key.strip}\``}.`];
  const said = [
    ...(bodyUnsigned === true ? ['The body is not signed.'] : []),
    ...secret,
    ...notes,
    ...expects,
    ...(needs === undefined || expects.length > 0 ? [] : [`Handshake: \`expect\` has ${needs}.`]),
  ];
  return said.join(' ') || '–';
}

function handshakeLine([id, { methods, verify, needs, source }]) {
  const answered = {
    first: 'when the signature holds',
    itself: 'by a proof of its own',
    none: 'to anybody',
  }[verify];
  return `| \`${id}\` | ${methods.join(', ')} | ${answered} | ${cell(needs === undefined ? '–' : `\`expect\`: ${needs}`)} | [page](${source}) |`;
}

/** `300000` → `5 min`: the largest unit that divides it. */
function duration(ms) {
  const units = [
    ['d', 24 * HOUR_MS],
    ['h', HOUR_MS],
    ['min', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ];
  const [name, size] = units.find(([, size]) => ms % size === 0 && ms >= size) ?? ['ms', 1];
  return `${ms / size} ${name}`;
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
