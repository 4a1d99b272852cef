import { HostError, isHostError } from '../../core/errors';
import type { WantedSample } from '../../core/ports/samples';
import { Secret } from '../../core/secret';
import { sendSample, type SentSample } from '../send-sample';
import type { CliContext } from './cli-context';
import { readSecret } from './secret-input';

const VARIABLE = 'GATEHOUSE_SEND_SECRET';

/**
 * Sends a sample to an address that is not the asked host's: signed here as its sender does, with a secret from the
 * environment or standard input. @throws samples/no-value-elsewhere, samples/bad-request; what `sendSample` throws
 */
export async function sendElsewhere(
  context: CliContext,
  wanted: WantedSample,
  to: string,
): Promise<SentSample> {
  const { samples, env } = context;
  if (!URL.canParse(to)) throw new HostError('samples/bad-request', ['the address after --to is none']);
  const given = env[VARIABLE];
  const secret = given === undefined || given === '' ? await askedSecret(context, to) : new Secret(given);
  const slash = to.indexOf('/', to.indexOf('://') + 3);
  const target = slash === -1 ? '/' : (to.slice(slash).split('#', 1)[0] ?? '/');
  const { origin } = new URL(to);
  return sendSample(samples, wanted, {
    ...{ base: origin, publicBase: origin, target, method: 'POST', at: Date.now() },
    access: { signature: wanted.sender, secret: VARIABLE },
    secretOf: () => secret.reveal(),
    urlToken: undefined,
    operatorToken: '',
  });
}

/** There is no host to look the value up in: the way out is another than that of `secrets set`. */
async function askedSecret(context: CliContext, to: string): Promise<Secret> {
  try {
    return await readSecret(context, VARIABLE);
  } catch (thrown) {
    if (!isHostError(thrown) || thrown.code !== 'secrets/no-value') throw thrown;
    throw new HostError('samples/no-value-elsewhere', [new URL(to).origin, VARIABLE], { cause: thrown });
  }
}
