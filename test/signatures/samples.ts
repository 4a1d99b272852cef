import type { LiveSecret } from '../../src/core/ports/secrets';
import type { SignatureRow } from '../../src/core/signature-row';
import type { RowVerdict, SignedRequest } from '../../src/core/signed-request';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest } from '../../src/signatures/plain-request';
import { signRequest, type SigningOptions } from '../../src/signatures/sign-request';
import { sampleSecret } from '../../src/signatures/signing-key';
import { signatureRows } from '../../src/signatures/signature-rows';

/** 2023-11-14T22:13:20Z. */
export const AT = 1_700_000_000_000;
const BASE = 'https://hooks.example.com';
const TARGET = "/in/it's?a=1%2B2&b=x+y";
export const BODY = '{"id":"d-1","type":"made","value":[{"n":1}],"text":"é \\u00e9 $& $$"}\r\n';

export const tableRows: readonly SignatureRow[] = signatureRows.filter(({ kind }) => kind !== 'special');
export const rowsOfKind = (...kinds: SignatureRow['kind'][]) =>
  tableRows.filter(({ kind }) => kinds.includes(kind));

export const secretsOf = (...values: string[]): LiveSecret[] =>
  values.map((value, index) => ({ id: `s${index + 1}`, value }));

export interface Sample {
  readonly row: SignatureRow;
  readonly secret: string;
  readonly signingSecret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly method: string;
  readonly target: string;
}

export function sampleOf(row: SignatureRow, options: Partial<SigningOptions> = {}): Sample {
  const { secret, signingSecret } = sampleSecret(row);
  const given = {
    at: AT,
    body: BODY,
    method: 'POST',
    target: TARGET,
    publicBase: BASE,
    secret: signingSecret,
    ...options,
  };
  const { headers, body } = signRequest(row, given);
  const { method, target } = given;
  return { row, secret, signingSecret: given.secret, headers, body, method, target };
}

export function requestOf(sample: Sample, changes: Partial<Sample> = {}): SignedRequest {
  const { method, target, headers, body } = { ...sample, ...changes };
  return plainRequest({ method, target, publicBase: BASE, headers, body });
}

export function judge(sample: Sample, changes: Partial<Sample> = {}, at = AT): RowVerdict {
  return compileRow(sample.row)(requestOf(sample, changes), secretsOf(changes.secret ?? sample.secret), at);
}

export const reasonOf = (verdict: RowVerdict) => (verdict.ok ? 'ok' : verdict.reason);
