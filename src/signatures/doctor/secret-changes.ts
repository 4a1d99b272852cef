import type { SignatureRow } from '../../core/signature-row';
import type { Change, Trial, TrialSecret } from './trial';
import { withRow } from './trial';

/** Other forms of a secret: how it was copied, and what it was taken for. */
const FORMS: readonly (readonly [what: string, form: (value: string) => string])[] = [
  ['without the white space around it', (value) => value.trim()],
  ['with a line end (\\n) behind it', (value) => `${value}\n`],
  ['with a line end (\\r\\n) behind it', (value) => `${value}\r\n`],
  ['with a space behind it', (value) => `${value} `],
  ['without the quotes around it', (value) => value.trim().replace(/^(["'])(.*)\1$/s, '$2')],
  ['in double quotes', (value) => `"${value}"`],
  ['in single quotes', (value) => `'${value}'`],
  ['without its prefix', (value) => value.replace(/^[a-z]{2,10}_/, '')],
  ['with the prefix whsec_', (value) => (value.startsWith('whsec_') ? value : `whsec_${value}`)],
  ['encoded as base64', (value) => Buffer.from(value).toString('base64')],
  ['encoded as hex', (value) => Buffer.from(value).toString('hex')],
  ['in upper case', (value) => value.toUpperCase()],
  ['in lower case', (value) => value.toLowerCase()],
  ['percent-decoded', (value) => decoded(value)],
];

/** The endpoint's own secrets in other forms. `row`: what it is verified by, where that is a row. */
export function secretFormChanges(row: SignatureRow | undefined): Change[] {
  const verb = row?.kind === 'token' ? 'shows' : 'signs with';
  const isDecoded = isMac(row) && row.key.encoding !== 'utf8';
  // Encoded again, what is decoded afterwards is the secret as written.
  const forms = FORMS.filter(([what]) => !isDecoded || !what.startsWith('encoded'));
  return [
    ...forms.map(([what, form]): Change => ({
      kind: 'secret-form',
      what: `the sender ${verb} the secret ${what}`,
      next: 'Copy the secret from the sender again, exactly, and give it with `gatehouse secrets set`.',
      of: (trial) => withForm(trial, form),
    })),
    ...(isDecoded ? asWrittenChanges(row) : []),
    ...(['utf8', 'base64', 'hex'] as const)
      .filter((encoding) => !isDecoded || encoding !== 'utf8')
      .map(keyChange),
    {
      kind: 'secret-form',
      what: 'the sender signs with the whole secret, its prefix left on',
      next: 'Say so in a row of your own (`key` without `strip`), or give the sender the secret without its prefix.',
      of: (trial) =>
        withRow(trial, (row) => {
          const { strip, ...key } = row.key;
          const { weaker: _weaker, ...rest } = row;
          return strip === undefined ? undefined : { ...rest, key };
        }),
    },
  ];
}

const isMac = (row: SignatureRow | undefined): row is SignatureRow =>
  row?.kind === 'hmac' || row?.kind === 'digest';

/** With what stands before it, and without. */
function asWrittenChanges({ key: { encoding, strip } }: SignatureRow): Change[] {
  const part = strip === undefined ? 'the secret' : `what follows ${strip}`;
  return [true, false].map((isWhole) => ({
    kind: 'secret-form',
    what: `the sender signs with the secret as written, not decoded${isWhole && strip !== undefined ? `, its ${strip} left on` : ''}`,
    next: `Have the sender decode ${part} from ${encoding}, and sign with those bytes.`,
    of: (trial) =>
      withRow(trial, ({ weaker: _weaker, ...row }) => {
        const isStripped = trial.secrets.some(({ live }) => live.value.startsWith(strip ?? '\0'));
        if (row.key.encoding !== encoding || (isWhole && !isStripped)) return undefined;
        return {
          ...row,
          key: isWhole || strip === undefined ? { encoding: 'utf8' } : { encoding: 'utf8', strip },
        };
      }),
  }));
}

function keyChange(encoding: 'utf8' | 'base64' | 'hex'): Change {
  const taken = encoding === 'utf8' ? 'as plain text, not decoded' : `decoded from ${encoding}`;
  return {
    kind: 'secret-form',
    what: `the sender signs with the secret ${taken}`,
    next: `Say \`key: { encoding: '${encoding}' }\` in a row of your own, or change how the sender reads it.`,
    of: (trial) =>
      withRow(trial, (row) =>
        row.key.encoding === encoding || (row.kind !== 'hmac' && row.kind !== 'digest')
          ? undefined
          : { ...row, key: { ...row.key, encoding } },
      ),
  };
}

function withForm(trial: Trial, form: (value: string) => string): Trial | undefined {
  const changed = trial.secrets.flatMap((secret): TrialSecret[] => {
    const value = form(secret.live.value);
    return value === secret.live.value || value === ''
      ? []
      : [{ ...secret, live: { id: secret.live.id, value } }];
  });
  return changed.length === 0 ? undefined : { ...trial, secrets: changed };
}

/** Secrets of other names and plugins, and of this one that have ended. */
export function otherSecretChanges(
  others: readonly TrialSecret[],
  ended: readonly TrialSecret[],
  endpoint: { readonly plugin: string; readonly names: readonly string[] },
): Change[] {
  const [name = '<NAME>'] = endpoint.names;
  const give = `Give the sender the secret of this endpoint, or put the one it uses there: \`gatehouse secrets set ${endpoint.plugin} ${name}\`.`;
  const changes: Change[] = ended.map((secret) => ({
    kind: 'secret',
    what: `the sender still uses ${nameOf(secret)}, which has ended`,
    next: 'Give the sender the new secret; next time rotate with a longer --overlap.',
    of: (trial) => ({ ...trial, secrets: [secret] }),
  }));
  for (const secret of others)
    changes.push({
      kind: 'secret',
      what: `the sender uses ${nameOf(secret)}`,
      next: give,
      of: (trial) => ({ ...trial, secrets: [secret] }),
    });
  return changes;
}

function nameOf({ plugin, name, live }: TrialSecret): string {
  return `the secret ${plugin} ${name} (${live.id})`;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
