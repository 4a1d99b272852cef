/**
 * The functions that stand free in the code of an app: `base64Encode(data)` and `base64UrlEncode(data)` of text (as UTF-8) or
 * bytes, `base64Decode(text)` and `base64UrlDecode(text)` to text.
 */
export const GLOBALS = `
const bytesOf = (data) => (typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data));
export const base64Encode = (data) => bytesOf(data).toString('base64');
export const base64UrlEncode = (data) => bytesOf(data).toString('base64url');
export const base64Decode = (text) => Buffer.from(String(text), 'base64').toString('utf8');
export const base64UrlDecode = (text) => Buffer.from(String(text), 'base64url').toString('utf8');
`;
