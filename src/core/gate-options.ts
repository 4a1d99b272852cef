import type { EndpointAccess } from './access';
import { accessIssues } from './access-issues';
import type { AgentLimits, Endpoint, EndpointQuotas, Rate } from './declaration';
import { count, shaped, texts, type Rule } from './option-issues';

/** How often an endpoint may be asked, where the host's settings do not fit. */
export interface QuotaOptions {
  /** Of one address. */
  readonly perAddress?: Rate | undefined;
  /** Of all together whose head passes, before a body is read. What proves itself by its head alone, such as a token, is not counted when it is wrong. */
  readonly perEndpoint?: Rate | undefined;
  /** Of all together, of those that were verified: forgeries cannot spend it. */
  readonly verified?: Rate | undefined;
}

/** Who may ask, and how often. */
export interface GateOptions {
  /**
   * Who may ask: one mode, or a list that must all hold, as in `{ signature: 'github', secret: 'GITHUB_SECRET' }`. The
   * operator may tighten it. Default: what the host says of all that do not, `public` unless it was hardened.
   */
  readonly access?: EndpointAccess | undefined;
  readonly limits?: QuotaOptions | undefined;
  /** What its requests may have the agent do. */
  readonly agent?:
    { readonly tools?: readonly string[] | undefined; readonly runs?: Rate | undefined } | undefined;
}

/** Judged by `gateIssues`, which tells each slip by its own place. */
const anything: Rule = () => undefined;
const rate: Rule = (value) =>
  shaped({ requests: count, perMs: count })(value) ??
  (['requests', 'perMs'].every((name) => name in Object(value)) ? undefined : 'needs requests and perMs');

/** Of `QuotaOptions`. */
export const QUOTA_RULES = { perAddress: rate, perEndpoint: rate, verified: rate };
/** Of `GateOptions`, besides `gateIssues`. */
export const GATE_RULES = {
  access: anything,
  limits: shaped(QUOTA_RULES),
  agent: shaped({ tools: texts, runs: rate }),
};

/** What is wrong with the shape of the access among the options of an endpoint or a Router. */
export function gateIssues(options: unknown): readonly string[] {
  const { access } = Object(options) as { readonly access?: unknown };
  return access === undefined ? [] : accessIssues(access);
}

/** Options as an endpoint carries them; checked before. */
export function gateParts({
  access,
  limits,
  agent,
}: GateOptions): Pick<Endpoint, 'access' | 'isAccessChosen' | 'quotas' | 'agent'> {
  return {
    access: access ?? 'public',
    ...(access !== undefined && { isAccessChosen: true }),
    ...quotasPart(limits ?? {}),
    ...(agent !== undefined && { agent: agentPart(agent) }),
  };
}

function agentPart({ tools, runs }: NonNullable<GateOptions['agent']>): AgentLimits {
  return { ...(tools !== undefined && { tools }), ...(runs !== undefined && { runs }) };
}

function quotasPart({ perAddress, perEndpoint, verified }: QuotaOptions): Pick<Endpoint, 'quotas'> {
  const quotas: EndpointQuotas = {
    ...(perAddress !== undefined && { perAddress }),
    ...(perEndpoint !== undefined && { perEndpoint }),
    ...(verified !== undefined && { verified }),
  };
  return Object.keys(quotas).length === 0 ? {} : { quotas };
}
