import type { Samples, SampleTarget, WantedSample } from '../core/ports/samples';
import { deliverRequest, type HttpAnswer } from './deliver-request';

type Headers = readonly (readonly [string, string])[];

/** What went out and what came back; credentials of either are shown as `[secret]`, signatures as they are. */
export interface SentSample {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    /** As UTF-8. */
    readonly body: string;
  };
  readonly answer: HttpAnswer;
  /** 2xx; of a request that is invalid on purpose, 401. */
  readonly isAsExpected: boolean;
}

const REFUSED = 401;

/**
 * Makes a request, sends it to `base` (scheme and authority) over HTTP and shows both sides.
 * @throws what `Samples.make` throws, samples/not-delivered
 */
export async function sendSample(
  samples: Samples,
  wanted: WantedSample,
  { base, ...where }: SampleTarget & { readonly base: string },
): Promise<SentSample> {
  const made = samples.make(wanted, where);
  const answer = await deliverRequest(base, made);
  const shown = maskOf(made.credentials);
  const isFine = answer.status >= 200 && answer.status < 300;
  return {
    request: {
      method: made.method,
      url: shown(base + made.target),
      headers: pairsOf(made.headers).map(([name, value]) => [name, shown(value)]),
      body: shown(made.body.toString('utf8')),
    },
    answer: {
      ...answer,
      headers: answer.headers.map(([name, value]) => [name, shown(value)]),
      body: shown(answer.body),
    },
    isAsExpected: wanted.invalid === undefined ? isFine : answer.status === REFUSED,
  };
}

/** The longest first: one may hold another. */
function maskOf(credentials: readonly string[]): (text: string) => string {
  const hidden = [...credentials].sort((one, other) => other.length - one.length);
  return (text) => hidden.reduce((rest, credential) => rest.replaceAll(credential, '[secret]'), text);
}

function pairsOf(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : [],
  );
}
