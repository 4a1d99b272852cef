import { createHash, timingSafeEqual } from 'node:crypto';
import { isHostError } from '../core/errors';
import type { RequestHead } from '../core/ports/guards';
import type { RefusalReason } from '../core/signed-request';
import { secretsIn } from '../core/declared-secrets';
import type { PluginKey } from '../core/plugin-key';
import {
  CHECK_DETAIL_HEADER,
  CHECK_HEADER,
  CHECKED_METHOD_HEADER,
  REACHED_HEADER,
} from '../core/reach-check';
import { queryOf } from '../core/body-values';
import { FrozenRequest } from './frozen-request';
import type { Gate } from './gate';
import type { GateRequest, GateResponse } from './messages';
import { resolve, type Resolution } from './resolution';
import { nameOf, type Target } from './target';

/** Whom a check stands for: a stranger, from no address, whatever connection it came through. */
const NOBODY = {
  ip: '',
  isOperator: () => false,
  identify: () => undefined,
  session: () => undefined,
};
const REACHED = 204;
/** What a guard says of itself rather than of the sender. */
const OURS: readonly RefusalReason[] = ['no_secret', 'no_public_url', 'unavailable'];

interface Verdict {
  readonly status: number;
  readonly reached?: string;
  readonly detail?: string;
}

/**
 * Requests of the host to itself that take the way of any other, through routing and the endpoint's guard, and end before
 * its handler: 204 where that would run, 401 where its guard refuses a stranger, else what is wrong. They are no
 * requests to anybody else: nothing counts, logs, limits, keeps or stores them.
 */
export class ReachChecks {
  readonly #digest: Buffer;

  constructor(
    private readonly gate: Gate,
    token: string,
  ) {
    this.#digest = digestOf(token);
  }

  /** False: it is none, and nothing was done. */
  answers(request: GateRequest, response: GateResponse): boolean {
    const given = request.headers[CHECK_HEADER];
    // As digests: they have one length.
    if (typeof given !== 'string' || !timingSafeEqual(digestOf(given), this.#digest)) return false;
    request.originalUrl = request.url ?? '/';
    request.resume();
    response.isOwn = true;
    void this.#judge(request).then(({ status, reached, detail }) => {
      if (reached !== undefined) response.setHeader(REACHED_HEADER, encodeURI(reached));
      if (detail !== undefined) response.setHeader(CHECK_DETAIL_HEADER, encodeURIComponent(detail));
      response.writeHead(status, { 'content-length': 0 }).end();
    });
    return true;
  }

  async #judge(request: GateRequest): Promise<Verdict> {
    if (this.gate.isStopping) return { status: 503, detail: 'the host is stopping' };
    try {
      const method = String(request.headers[CHECKED_METHOD_HEADER] ?? request.method);
      const { sites, parts } = this.gate;
      return await this.#follow(request, resolve(sites, parts.prefixAliases, method, request.originalUrl));
    } catch (thrown) {
      if (isHostError(thrown)) return { status: thrown.status, detail: thrown.message };
      return { status: 500, detail: 'its guard failed' };
    }
  }

  async #follow(request: GateRequest, resolution: Resolution): Promise<Verdict> {
    switch (resolution.kind) {
      case 'endpoint':
        return this.#ask(request, resolution.site.key, resolution.match.target);
      case 'routers': {
        const covering = resolution.routes.subtree(resolution.path, 0)?.match.target;
        if (covering !== undefined) return this.#ask(request, resolution.site.key, covering);
        return { status: 404, detail: 'no Router covers its address' };
      }
      case 'handshake':
        return this.#follow(request, resolution.otherwise);
      case 'shared':
        return { status: REACHED, reached: resolution.sites.map(({ key }) => key).join(' ') };
      case 'refusal':
        return { status: resolution.error.status, detail: resolution.note ?? resolution.error.message };
      case 'options':
      case 'host':
        return { status: 404, detail: 'the host itself answers at its address' };
    }
  }

  async #ask(request: GateRequest, key: PluginKey, target: Target): Promise<Verdict> {
    const reached = `${key} ${nameOf(target.endpoint)}`;
    const { guard } = target;
    if (guard === undefined) return { status: REACHED, reached };
    const at = this.gate.clock.now();
    const { method = '', rawHeaders, originalUrl } = request;
    const head: RequestHead = { ...NOBODY, method, rawHeaders, query: queryOf(originalUrl) };
    let judgement = guard.head?.(head, at);
    if (judgement?.ok !== false && guard.judge !== undefined) {
      const { settings } = this.gate.parts;
      const { jsonBytes } = target.limits;
      judgement = await guard.judge(
        new FrozenRequest({ request, publicBase: settings.publicUrl, jsonBytes }),
        at,
      );
    }
    if (judgement?.ok !== false) return { status: REACHED, reached };
    const { reason } = judgement;
    return OURS.includes(reason)
      ? { status: 503, reached, detail: OWN_REASONS[reason]?.(target) ?? reason }
      : { status: 401, reached };
  }
}

const OWN_REASONS: Readonly<Partial<Record<RefusalReason, (target: Target) => string>>> = {
  no_secret: ({ endpoint }) => `its secret ${secretsIn(endpoint.access).join(', ')} has no value`,
  no_public_url: () => 'its senders sign the address, and the setting publicUrl is not set',
  unavailable: () => 'what verifies its senders cannot be had',
};

const digestOf = (text: string) => createHash('sha256').update(text).digest();
