import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import { toPluginFailure } from './plugin-failure';
import type { PlacedPlugin } from './placed-plugin';

export interface FaultGuardOptions {
  readonly process: NodeJS.Process;
  /** Whose code a raw stack runs through. */
  readonly attribute: (stack: string) => PlacedPlugin | undefined;
  readonly logger: Logger;
  /** Ends the process; called after the fault was logged. */
  readonly exit: (code: number) => void;
}

/**
 * Keeps one plugin's uncaught error from ending every other plugin: the plugin is named in the log and in its
 * status. An uncaught exception that ran through no plugin but through other code is the host's own and ends the process
 * with 1. What began inside Node (an 'error' event nobody listens for, most rejections) or is no error at all carries
 * no frame of whoever caused it and is only logged: the host listens for its own, and throws errors only.
 * Returns what takes the guard away.
 */
export function installFaultGuard(options: FaultGuardOptions): () => void {
  const onRejection = (reason: unknown) => {
    if (!blame(options, reason, 'an unhandled rejection'))
      log(options.logger, reason, 'an unhandled rejection; its stack names no plugin');
  };
  const onException = (thrown: unknown) => {
    if (blame(options, thrown, 'an uncaught exception')) return;
    if (!ranThroughCode(thrown)) {
      log(options.logger, thrown, 'an uncaught exception; its stack names no plugin');
      return;
    }
    log(options.logger, thrown, 'an uncaught exception in the host; it ends');
    options.exit(1);
  };
  options.process.on('unhandledRejection', onRejection);
  options.process.on('uncaughtException', onException);
  return () => {
    options.process.off('unhandledRejection', onRejection);
    options.process.off('uncaughtException', onException);
  };
}

/** True when a plugin's code was found in the stack, of the fault or of what caused it. */
function blame(options: FaultGuardOptions, thrown: unknown, what: string): boolean {
  const error = toError(thrown);
  const stacks = [error, toError(error.cause ?? '')].map(({ stack }) => stack ?? '');
  const plugin = stacks.map((stack) => options.attribute(stack)).find((candidate) => candidate !== undefined);
  if (plugin === undefined) return false;
  const name = plugin.key ?? plugin.place;
  const fault = new HostError('plugin/fault', [name], { cause: error });
  const failure = toPluginFailure(fault, (stack) => plugin.live?.mapStack(stack) ?? stack);
  plugin.failure = failure;
  options.logger.error(`${what}: ${failure.message}`, { plugin: name, stack: failure.stack });
  return true;
}

/** True for an Error whose stack has a frame outside Node's own code. */
function ranThroughCode(thrown: unknown): boolean {
  const error = toError(thrown);
  const frames = error === thrown ? String(error.stack).split('\n') : [];
  return frames.some((line) => line.startsWith('    at ') && !/[( ]node:|\(<anonymous>\)/.test(line));
}

function log(logger: Logger, thrown: unknown, what: string): void {
  const { message, stack } = toPluginFailure(thrown);
  logger.error(`${what}: ${message}`, { stack });
}
