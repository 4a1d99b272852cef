/** A collection as operators are shown it. */
export interface CollectionPlace {
  /** As its author names it. */
  readonly collection: string;
  /** `plugin`, or whose it is: `user/<id>`, `channel/<chat key>`, one within another; ids are percent-encoded. */
  readonly scope: string;
}

const WHOLE = 'plugin';
const KINDS: readonly string[] = ['user', 'channel'];

/** What a stored name says: `@user/u1/notes` is `notes` of `user/u1`. */
export function placeOf(stored: string): CollectionPlace {
  const scopes: string[] = [];
  let rest = stored;
  while (rest.startsWith('@')) {
    const [kind = '', id = ''] = rest.slice(1).split('/', 2);
    scopes.push(`${kind}/${id}`);
    rest = rest.slice(kind.length + id.length + 3);
  }
  return { collection: rest, scope: scopes.length === 0 ? WHOLE : scopes.join('/') };
}

/** The stored name; undefined where the scope is none. */
export function storedCollection({ collection, scope }: CollectionPlace): string | undefined {
  if (collection.startsWith('@')) return undefined;
  if (scope === WHOLE) return collection;
  const parts = scope.split('/');
  if (parts.length % 2 !== 0) return undefined;
  let scopes = '';
  for (let index = 0; index < parts.length; index += 2) {
    const [kind = '', id = ''] = parts.slice(index, index + 2);
    if (!KINDS.includes(kind) || id === '') return undefined;
    scopes += `@${kind}/${id}/`;
  }
  return scopes + collection;
}
