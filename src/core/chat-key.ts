import { HostError } from './errors';

/**
 * The chat key `<adapter>-<channel>`: split at the first `-`, neither side empty.
 * @throws channel/invalid-key
 */
export function parseChatKey(given: unknown): string {
  const dash = typeof given === 'string' ? given.indexOf('-') : -1;
  if (typeof given !== 'string' || dash < 1 || dash === given.length - 1)
    throw new HostError('channel/invalid-key', [String(given)]);
  return given;
}
