import { isCredentialMember } from '../core/credentials';

/** Of a name without `-`, `_` and `.`, in lower case: what is called so opens something. */
const SECRET_NAMES: readonly string[] = [
  ...['token', 'secret', 'password', 'passwd', 'passphrase', 'apikey', 'accesskey', 'privatekey'],
  ...['signature', 'authorization', 'cookie', 'credential', 'sessionid', 'jwt', 'hmac', 'bearer'],
  ...['clientstate', 'xauth'],
];
const SHORT_NAMES: ReadonlySet<string> = new Set(['key', 'sig', 'sign', 'pin', 'otp', 'pwd', 'code']);
/** A word of a name that begins so, as in `x-auth`, `authKey`, `authenticity`; an author opens nothing. */
const AUTH_WORD = /^auth(?!or(?!i[sz]))/;
const WORDS = /[A-Z]?[a-z0-9]+|[A-Z]+/g;
/** Longer ones are no names. */
const LONGEST_NAME = 200;

/** How keys of known services begin. */
const BEGINNINGS: readonly string[] = [
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-', 'xoxa-', 'xoxb-', 'xoxp-', 'xapp-'],
  ...['sk-', 'sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_', 'shpat_', 'npm_', 'AKIA', 'ASIA'],
  ...['AIza', 'SG.', 'ya29.', 'eyJ', 'hf_', 'gth_', 'dop_v1_', 'pypi-'],
];
const LONG_RANDOM = 40;

/** Whether what is called so opens something: a header, a parameter, a field, a member, an element. */
export function isSecretName(name: string): boolean {
  if (name.length > LONGEST_NAME) return false;
  const lower = name.toLowerCase().replace(/[-_.]/g, '');
  if (SHORT_NAMES.has(lower) || lower.endsWith('pass') || isCredentialMember(name)) return true;
  if (SECRET_NAMES.some((known) => lower.includes(known))) return true;
  return (name.match(WORDS) ?? []).some((word) => AUTH_WORD.test(word.toLowerCase()));
}

/** Whether a word is a key by its looks. */
export function looksSecret(word: string): boolean {
  if (word.length < 16) return false;
  if (BEGINNINGS.some((beginning) => word.startsWith(beginning))) return true;
  // Digests and ids in hexadecimal have one case; what is base64 has both, and digits.
  return word.length >= LONG_RANDOM && /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word);
}
