/** Where the files of a folder are served. */
export interface FileRoute {
  /** From the app's folder on. */
  readonly file: string;
  readonly folder: 'webhooks' | 'server';
  /** As endpoints have it: `webhooks/orders/[id].js` is `/orders/:id`, `…/index.js` its folder, `[...rest].js` a last `*rest`. */
  readonly path: string;
}

/** The route of a file; a string says what is wrong with its name. Undefined for one that is none. */
export function fileRoute(file: string): FileRoute | string | undefined {
  const [folder, ...names] = file.replace(/\.js$/, '').split('/');
  if (folder !== 'webhooks' && folder !== 'server') return undefined;
  const segments = names.at(-1) === 'index' ? names.slice(0, -1) : names;
  const made: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const pattern = patternOf(segment, index === segments.length - 1);
    if (pattern === undefined)
      return `${file}: "${segment}" is neither a name, [parameter] nor a last [...rest]`;
    made.push(pattern);
  }
  return { file, folder, path: `/${made.join('/')}` };
}

function patternOf(segment: string, isLast: boolean): string | undefined {
  const [, dots, parameter] = /^\[(\.\.\.)?([A-Za-z_]\w*)\]$/.exec(segment) ?? [];
  if (parameter === undefined) return /[[\]:*]/.test(segment) ? undefined : segment;
  if (dots === undefined) return `:${parameter}`;
  return isLast ? `*${parameter}` : undefined;
}
