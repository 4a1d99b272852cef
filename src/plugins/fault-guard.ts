import type { Logger } from 'winston';
import { arm, currentActor, disarm, escapedFrom, lastEntered, promisedBy, type Actor } from '../core/actor';
import { HostError, toError } from '../core/errors';
import type { PluginFailure } from '../core/ports/plugin-registry';
import { toPluginFailure } from './plugin-failure';

export interface FaultGuardOptions {
  readonly process: NodeJS.Process;
  /** Whose code a raw stack runs through. */
  readonly attribute: (stack: string) => Actor | undefined;
  readonly logger: Logger;
  /** Ends the process; called after the fault was logged. */
  readonly exit: (code: number) => void;
  /** Milliseconds for which actors are tracked after a fault whose stack names nobody. Default 10 minutes. */
  readonly armedMs?: number;
}

const ARMED_MS = 10 * 60_000;

/**
 * Keeps one plugin's uncaught error from ending every other plugin: the plugin is named in the log and in its status.
 * An uncaught exception that ran through no plugin but through other code is the host's own and ends the process with 1.
 * What began inside Node (an 'error' event nobody listens for, most rejections) or is no error at all carries no frame
 * of whoever caused it: the host listens for its own, and throws errors only, so it is a plugin's. Which one is at first
 * only suspected; then actors are tracked for a while, and the next is named for certain. Returns what takes the guard away.
 */
export function installFaultGuard(options: FaultGuardOptions): () => void {
  const guard = new FaultGuard(options);
  const onRejection = (reason: unknown, promise: unknown) => guard.rejected(reason, promise);
  const onException = (thrown: unknown) => guard.thrown(thrown);
  options.process.on('unhandledRejection', onRejection);
  options.process.on('uncaughtException', onException);
  return () => {
    options.process.off('unhandledRejection', onRejection);
    options.process.off('uncaughtException', onException);
    guard.rest();
  };
}

class FaultGuard {
  #tracking: NodeJS.Timeout | undefined;

  constructor(readonly options: FaultGuardOptions) {}

  rejected(reason: unknown, promise: unknown): void {
    const actor = this.#inStack(reason) ?? promisedBy(promise);
    if (actor === undefined) this.#nameless(reason, 'an unhandled rejection');
    else this.#blame(actor, reason, 'an unhandled rejection');
  }

  thrown(thrown: unknown): void {
    const escaped = escapedFrom(thrown);
    const actor = this.#inStack(thrown) ?? escaped;
    if (actor !== undefined) {
      this.#blame(actor, thrown, 'an uncaught exception');
    } else if (ranThroughCode(thrown)) {
      this.#log(thrown, 'an uncaught exception in the host; it ends');
      this.options.exit(1);
    } else {
      this.#nameless(thrown, 'an uncaught exception');
    }
  }

  rest(): void {
    clearTimeout(this.#tracking);
    disarm();
  }

  #nameless(thrown: unknown, what: string): void {
    const actor = currentActor();
    // A rejection that ran through other code than plugins' may be the host's own: nobody is suspected.
    const suspect = ranThroughCode(thrown) ? undefined : lastEntered();
    if (actor !== undefined) this.#blame(actor, thrown, what);
    else if (suspect !== undefined) this.#suspect(suspect, thrown, what);
    else this.#log(thrown, `${what}; its stack names no plugin`);
    this.#track();
  }

  /** The plugin nearest to the top of the stack, of the fault or of what caused it. */
  #inStack(thrown: unknown): Actor | undefined {
    const error = toError(thrown);
    const stacks = [error, toError(error.cause ?? '')].map(({ stack }) => stack ?? '');
    return stacks.map((stack) => this.options.attribute(stack)).find((actor) => actor !== undefined);
  }

  #blame(actor: Actor, thrown: unknown, what: string): void {
    actor.failure = this.#report(actor, 'plugin/fault', thrown, what);
  }

  /** What is known for certain of the plugin stays on its status. */
  #suspect(actor: Actor, thrown: unknown, what: string): void {
    const failure = this.#report(actor, 'plugin/suspected', thrown, what);
    if (actor.failure === undefined || actor.failure.code === failure.code) actor.failure = failure;
  }

  #report(
    actor: Actor,
    code: 'plugin/fault' | 'plugin/suspected',
    thrown: unknown,
    what: string,
  ): PluginFailure {
    const { name } = actor;
    const fault = new HostError(code, [name], { cause: toError(thrown) });
    const failure = toPluginFailure(fault, (stack) => actor.mapStack(stack));
    this.options.logger.error(`${what}: ${failure.message}`, { plugin: name, stack: failure.stack });
    return failure;
  }

  #log(thrown: unknown, what: string): void {
    const { message, stack } = toPluginFailure(thrown);
    this.options.logger.error(`${what}: ${message}`, { stack });
  }

  #track(): void {
    const { armedMs = ARMED_MS } = this.options;
    arm();
    clearTimeout(this.#tracking);
    this.#tracking = setTimeout(disarm, armedMs).unref();
  }
}

/** True for an Error whose stack has a frame outside Node's own code. */
function ranThroughCode(thrown: unknown): boolean {
  const error = toError(thrown);
  const frames = error === thrown ? String(error.stack).split('\n') : [];
  return frames.some((line) => line.startsWith('    at ') && !/[( ]node:|\(<anonymous>\)/.test(line));
}
