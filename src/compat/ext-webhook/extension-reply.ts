import { HostError } from '../../core/errors';
import { isReply, isStatus, reply, type Reply } from '../../core/reply';

/**
 * What a webhook's handler returned, as a Reply: an object as JSON, `status_code` taken out of it and used as the status
 * (200 without one); nothing is `{}`; a `reply(…)` is itself.
 * @throws compat/bad-result for anything else
 */
export function toExtensionReply(where: string, result: unknown): Reply {
  if (result === undefined || result === null) return reply(200, {});
  if (isReply(result)) return result;
  if (!isObject(result)) throw new HostError('compat/bad-result', [where, kindOf(result)]);
  const { status_code: status = 200, ...body } = result;
  if (!isStatus(status))
    throw new HostError('compat/bad-result', [
      where,
      'a status_code that is no whole number from 100 to 599',
    ]);
  return reply(status, body);
}

/** By its tag: the handler's objects may be of another realm. */
function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object that is none of names and values' : `a ${typeof value}`;
}
