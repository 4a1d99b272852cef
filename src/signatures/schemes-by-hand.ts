import type { Clock } from '../core/clock';
import type { ReceivedRequest, SignatureSchemes } from '../core/ports/signature-schemes';
import type { SignedRequest } from '../core/signed-request';
import { compileRow, type CompiledRow } from './compile-row';
import { plainRequest } from './plain-request';
import { signatureRows } from './signature-rows';

export interface SchemesByHandParts {
  /** Where senders reach this host: some sign the address. */
  readonly publicUrl: string | undefined;
  /** The largest body that is read as JSON. */
  readonly jsonBytes: number;
  readonly clock: Clock;
}

/** The known senders that a row can tell of: what needs certificates, expectations or other hosts is verified by `access` only. */
export function createSchemesByHand({ publicUrl, jsonBytes, clock }: SchemesByHandParts): SignatureSchemes {
  const rows = new Map(signatureRows.filter(({ kind }) => kind !== 'special').map((row) => [row.id, row]));
  const compiled = new Map<string, CompiledRow>();
  const compiledFor = (id: string): CompiledRow | undefined => {
    const row = rows.get(id);
    if (row === undefined) return undefined;
    const made = compiled.get(id) ?? compileRow(row);
    compiled.set(id, made);
    return made;
  };
  return {
    ids: [...rows.keys()],
    verify(id, request, secret) {
      const judge = compiledFor(id);
      if (judge === undefined || secret === '') return false;
      const body = new KeptBody(request.body);
      const { ok } = judge(
        signedRequest(request, body, { publicUrl, jsonBytes }),
        [{ id: 'given', value: secret }],
        clock.now(),
      );
      // Not to have the body is no bad signature: whoever asks is told.
      if (!ok && body.failure !== undefined) throw body.failure.thrown;
      return ok;
    },
  };
}

/** A body that is asked for only by those who need it, and what came of asking. */
class KeptBody {
  #read: Buffer | undefined;
  failure: { readonly thrown: unknown } | undefined;

  constructor(private readonly ask: () => Buffer) {}

  /** @throws what asking for it throws */
  bytes(): Buffer {
    try {
      return (this.#read ??= this.ask());
    } catch (thrown) {
      this.failure = { thrown };
      throw thrown;
    }
  }
}

/** What only tells of the delivery does without a body that is not there; what is signed does not. */
function signedRequest(
  { method, target, headers }: ReceivedRequest,
  body: KeptBody,
  { publicUrl, jsonBytes }: Pick<SchemesByHandParts, 'publicUrl' | 'jsonBytes'>,
): SignedRequest {
  const base = publicUrl === undefined ? {} : { publicBase: publicUrl };
  return {
    ...plainRequest({ method, target, headers, ...base, decoded: () => body.bytes(), jsonBytes }),
    get wire() {
      return body.bytes();
    },
  };
}
