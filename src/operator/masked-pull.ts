import type { EndpointAccess } from '../core/access';
import { credentialMembers } from '../core/access-credentials';
import type { PulledRequest } from '../core/ports/pulls';
import { secretMask } from '../core/secret-mask';

type Shown = Pick<PulledRequest, 'target' | 'headers' | 'body'>;

/** A request as it is handed to who pulls: live secrets, and what the endpoint is shown in the body to be let in, are masked. */
export function maskedPull<R extends Shown>(
  request: R,
  access: EndpointAccess,
  secrets: readonly string[],
): R {
  const mask = secretMask(secrets, credentialMembers(access));
  return {
    ...request,
    target: mask.text(request.target),
    headers: request.headers.map(([name, value]) => [name, mask.text(value)] as const),
    body: mask.bytes(Buffer.from(request.body, 'base64')).toString('base64'),
  };
}
