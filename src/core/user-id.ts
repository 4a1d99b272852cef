import { HostError } from './errors';

/** Letters, marks, numbers, signs and spaces: nothing that is not seen where it is shown. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]{1,128}$/u;

/** True for what may name a user: 1 to 128 printable characters, not all of them spaces. */
export function isUserId(given: unknown): given is string {
  return typeof given === 'string' && given.length <= 128 && PRINTABLE.test(given) && given.trim() !== '';
}

/** @throws users/bad-id */
export function checkUserId(given: unknown): void {
  if (!isUserId(given)) throw new HostError('users/bad-id', [String(given).slice(0, 200)]);
}
