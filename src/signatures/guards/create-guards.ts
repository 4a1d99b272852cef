import { admitsOperator, isOpen, isVerifying, modesOf } from '../../core/access';
import type { Endpoint } from '../../core/declaration';
import { toError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { Guard, Guards, Judgement } from '../../core/ports/guards';
import { createSpecialSchemes } from '../special/special-schemes';
import { allowedFrom, URL_TOKEN, type HeadStep } from './credentials';
import { guardIssues } from './guard-issues';
import { ANONYMOUS, refused, type GuardParts } from './guard-parts';
import { modeParts, type Guarded } from './mode-parts';
import { inTurn, type SignedStep } from './signed-steps';

/** Old gates put their own token here; it is nobody else's business. */
const OLD_GATE_TOKEN = 'app_token';

/** Makes each endpoint's access ready, once. One that cannot be made ready lets nobody in. */
export function createGuards(parts: GuardParts): Guards {
  const { fetchText, clock, roots } = parts;
  const { specials = createSpecialSchemes({ fetchText, clock, ...(roots !== undefined && { roots }) }) } =
    parts;
  const made = new WeakMap<Endpoint, { readonly plugin: PluginKey; readonly guard: Guard }>();
  return {
    issues: ({ access }) => {
      try {
        return guardIssues(access, specials);
      } catch (error) {
        // An author's row may be any object, one whose members throw among them.
        return [`access cannot be read: ${toError(error).message}`];
      }
    },
    guardOf(plugin, endpoint) {
      const lists = [parts.settings.allowFrom, parts.settings.pluginAllowFrom(plugin)];
      const networks = lists.filter((list) => list.length > 0);
      if (isOpen(endpoint.access) && networks.length === 0) return undefined;
      const known = made.get(endpoint);
      if (known?.plugin === plugin) return known.guard;
      const guard = readyGuard({ ...parts, plugin, endpoint, specials }, networks);
      made.set(endpoint, { plugin, guard });
      return guard;
    },
  };
}

/** For an access that cannot be made ready: it is not the sender's fault, but nobody gets in. */
const CLOSED: Guard = {
  scheme: 'closed',
  challenge: 'Bearer',
  isWebhook: true,
  head: () => refused('unavailable'),
  judge: undefined,
  handshake: undefined,
  ack: undefined,
  dedupeWindowMs: undefined,
  ownQuery: [URL_TOKEN, OLD_GATE_TOKEN],
};

function readyGuard(guarded: Guarded, networks: readonly (readonly string[])[]): Guard {
  const { plugin, endpoint, specials, logger } = guarded;
  try {
    const issues = guardIssues(endpoint.access, specials);
    if (issues.length === 0) return guardFrom(guarded, networks);
    logger.error('nobody can ask at an endpoint: its access cannot be used', {
      ...{ plugin, endpoint: endpoint.path, issues },
    });
  } catch (error) {
    const reason = toError(error).message;
    logger.error('nobody can ask at an endpoint: its access cannot be used', {
      ...{ plugin, endpoint: endpoint.path, reason },
    });
  }
  return CLOSED;
}

function guardFrom(guarded: Guarded, networks: readonly (readonly string[])[]): Guard {
  const modes = modesOf(guarded.endpoint.access);
  const made = modes.map((mode) => modeParts(mode, guarded));
  const isWebhook = modes.some(isVerifying);
  const lists = [
    ...networks,
    ...made.flatMap(({ allowFrom }) => (allowFrom === undefined ? [] : [allowFrom])),
  ];
  const addresses = lists.map((list) => allowedFrom(list, modes.some(admitsOperator)));
  const heads = [...addresses, ...made.flatMap(({ head }) => head ?? [])];
  const judge = inTurn(made.flatMap((each) => each.judge ?? []));
  const windows = made.flatMap(({ dedupeWindowMs }) => dedupeWindowMs ?? []);
  const parameters = [
    ...made.flatMap(({ parameter }) => parameter ?? []),
    ...(isWebhook ? [OLD_GATE_TOKEN] : []),
  ];
  return {
    scheme: [...new Set(made.flatMap(({ scheme }) => scheme ?? []))].join('+') || 'allow-from',
    challenge: challengeOf(made.find(({ realm }) => realm !== undefined)?.realm),
    isWebhook,
    head: heads.length === 0 ? undefined : safeHead(everyHead(heads), guarded),
    judge: judge === undefined ? undefined : safeJudge(judge, guarded),
    handshake: made.find(({ handshake }) => handshake !== undefined)?.handshake,
    ack: made.find(({ ack }) => ack !== undefined)?.ack,
    dedupeWindowMs: windows.length === 0 ? undefined : Math.max(...windows),
    ownQuery: [...new Set(parameters)],
  };
}

/** RFC 7617 §2, RFC 6750 §3. What may not stand in a quoted string is left out: the realm may be an author's. */
function challengeOf(realm: string | undefined): string {
  if (realm === undefined) return 'Bearer';
  const quoted = realm.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&');
  return `Basic realm="${quoted}", charset="UTF-8"`;
}

/** Addresses first, then the modes in their order; who asks is what the first one says that knows. */
function everyHead(steps: readonly HeadStep[]): HeadStep {
  return (head, at) => {
    let accepted: Judgement = ANONYMOUS;
    for (const step of steps) {
      const judged = step(head, at);
      if (!judged.ok) return judged;
      if (accepted.verified === undefined) accepted = judged;
    }
    return accepted;
  };
}

function safeHead(step: HeadStep, guarded: Guarded): HeadStep {
  return (head, at) => {
    try {
      return step(head, at);
    } catch (error) {
      return failed(guarded, error);
    }
  };
}

function safeJudge(step: SignedStep, guarded: Guarded): SignedStep {
  return (request, at) => {
    try {
      const judged = step(request, at);
      return 'ok' in judged ? judged : judged.catch((error: unknown) => failed(guarded, error));
    } catch (error) {
      return failed(guarded, error);
    }
  };
}

/** A fault of ours, found by somebody's request: refused as any other, and told to whoever can mend it. */
function failed({ logger, plugin, endpoint }: Guarded, error: unknown): Judgement {
  const reason = toError(error).message;
  logger.error('a request could not be judged', { plugin, endpoint: endpoint.path, reason });
  return refused('malformed_signature');
}
