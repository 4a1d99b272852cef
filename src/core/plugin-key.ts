/** `author.module`: the one identity of a plugin, in URLs, on disk and in logs. */
export type PluginKey = `${string}.${string}` & { readonly __brand: 'PluginKey' };

const PART = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** True for a name that may stand on either side of the dot. */
export function isKeyPart(text: string): boolean {
  return PART.test(text);
}

/** The key for `text`, or undefined unless it is two valid parts with exactly one dot. Case-sensitive. */
export function parsePluginKey(text: string): PluginKey | undefined {
  const [author, module, ...rest] = text.split('.');
  if (author === undefined || module === undefined || rest.length > 0) return undefined;
  return isKeyPart(author) && isKeyPart(module) ? (text as PluginKey) : undefined;
}

/** The part after the dot. */
export function moduleOf(key: PluginKey): string {
  return key.slice(key.indexOf('.') + 1);
}
