import { describeAccess, modesOf, type EndpointAccess } from '../../core/access';
import type { KeptRequest } from '../../core/ports/quarantine-desk';
import type { Case } from './cases';
import { likelyHeaders } from './row-changes';
import { headerIn, type TrialRequest } from './trial';

type Refused = Extract<KeptRequest, { kind: 'refused' }>;

/** What is odd about a request: names and sizes, no values. */
export function seenIn(
  { reason, bodyBytes, request: { wire } }: Refused,
  { headers, decoded }: TrialRequest,
  cases: readonly Case[],
  access: EndpointAccess | undefined,
): string[] {
  const seen: string[] = [];
  if (access === undefined)
    seen.push(
      'The endpoint is not served any more: it is judged by what refused it, with other endpoints’ secrets.',
    );
  else if (cases.length > 0 || reason === 'address_not_allowed')
    seen.push(`The endpoint asks for: ${describeAccess(access)}.`);
  if (access !== undefined && modesOf(access).some((mode) => typeof mode === 'object' && 'signedUrl' in mode))
    seen.push('Its address carries a ?token=; `gatehouse plugins urls` shows which are live.');
  for (const { trial, names, shownIn } of cases) {
    if (names.length > 0 && trial.secrets.length === 0)
      seen.push(`No live value of ${names.join(', ')} was there.`);
    const from = trial.scheme.kind === 'row' ? trial.scheme.row.signature.from : undefined;
    if (from !== undefined && 'header' in from && headerIn(headers, from.header) === undefined)
      seen.push(
        `${shownIn?.startsWith('?') === true ? `\`${shownIn}\`` : `The header ${from.header}`} did not come; ${likely(headers)}.`,
      );
  }
  if (wire === undefined)
    seen.push(
      bodyBytes === undefined
        ? 'It was refused before its body was read; what is signed cannot be tried.'
        : `Its body of ${bodyBytes} bytes was too large to be kept; what is signed cannot be tried.`,
    );
  if (decoded === undefined) seen.push('Its content encoding cannot be undone.');
  else if (wire !== undefined && !decoded.equals(wire)) seen.push('Its body came compressed.');
  return seen;
}

function likely(headers: readonly string[]): string {
  const names = likelyHeaders(headers);
  return names.length === 0 ? 'none that looks like one did' : `what looks like one: ${names.join(', ')}`;
}
