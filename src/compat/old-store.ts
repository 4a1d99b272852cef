import { createHash } from 'node:crypto';
import type { Constructor } from '../core/declaration';
import type { DocumentStore, StoredDocument } from '../core/documents';
import { HostError } from '../core/errors';
import { isConflict } from '../core/job';

/** Which text, in both spellings; what is left out is "": of no chat, of no user. */
export interface OldStoreKeys {
  readonly chatKey?: string;
  readonly chat_key?: string;
  readonly userKey?: string;
  readonly user_key?: string;
  readonly storeKey?: string;
  readonly store_key?: string;
}

/**
 * The old system's `plugin.store`: texts by chat, user and name. Each call is whole: of two that set the same at once one
 * creates it. @throws store/bad-name, store/too-large, compat/not-text, inbox/unavailable
 */
export interface OldStore {
  /** @deprecated `store.channel(chatKey).get(collection, id)` */
  get(keys: OldStoreKeys): Promise<string | undefined>;
  /** 0 when it was created, 1 when it was there. @deprecated `store.create`, `store.update` */
  set(entry: OldStoreKeys & { readonly value: string }): Promise<0 | 1>;
  /** 0 when it was removed, 1 when there was none. @deprecated `store.delete` */
  delete(keys: OldStoreKeys): Promise<0 | 1>;
}

/** `plugin.store` in both ways of asking. */
export interface OldStores {
  readonly store: DocumentStore & OldStore;
}

/** Where the old texts lie, within the scopes of their user and chat. */
const COLLECTION = 'old-store';
/** Of a name as it is: a longer one is represented by its digest. */
const NAME_CHARACTERS = 200;
/** Another writer came first so often in a row. */
const TRIES = 20;

/** `Base` whose `store` also answers to the old system's way of asking. */
export function withOldStore<B extends Constructor<{ readonly store: DocumentStore }>>(
  Base: B,
): B & Constructor<OldStores> {
  const faces = new WeakMap<DocumentStore, DocumentStore & OldStore>();
  abstract class WithOldStore extends Base {}
  Object.defineProperty(WithOldStore.prototype, 'store', {
    configurable: true,
    get(this: object) {
      const store = Reflect.get(Base.prototype as object, 'store', this) as DocumentStore;
      const face = faces.get(store) ?? bothWays(store);
      faces.set(store, face);
      return face;
    },
  });
  return WithOldStore as unknown as B & Constructor<OldStores>;
}

/** The new forms begin with the name of a collection, the old ones with their keys. */
function bothWays(store: DocumentStore): DocumentStore & OldStore {
  const old = oldStore(store);
  const isOld = (given: unknown): given is OldStoreKeys => typeof given === 'object' && given !== null;
  return Object.freeze({
    ...store,
    set: old.set,
    get: (first: unknown, id: string) => (isOld(first) ? old.get(first) : store.get(first as string, id)),
    delete: (first: unknown, id: string) =>
      isOld(first) ? old.delete(first) : store.delete(first as string, id),
  }) as unknown as DocumentStore & OldStore;
}

function oldStore(store: DocumentStore): OldStore {
  return {
    get: async (keys) => (await find(placeOf(store, keys)))?.data.value,
    set: async ({ value, ...keys }) => {
      if (typeof value !== 'string') throw new HostError('compat/not-text', []);
      return set(placeOf(store, keys), value);
    },
    delete: async (keys) => {
      const { scoped, id } = placeOf(store, keys);
      return (await scoped.delete(COLLECTION, id)) ? 0 : 1;
    },
  };
}

interface Place {
  readonly scoped: DocumentStore;
  readonly id: string;
}
interface Text {
  readonly value: string;
}

function placeOf(store: DocumentStore, keys: OldStoreKeys): Place {
  const chat = String(keys.chatKey ?? keys.chat_key ?? '');
  const user = String(keys.userKey ?? keys.user_key ?? '');
  const name = String(keys.storeKey ?? keys.store_key ?? '');
  const ofUser = user === '' ? store : store.user(user);
  const isShort = name.length <= NAME_CHARACTERS && !/[\0\p{Surrogate}]/u.test(name);
  return {
    scoped: chat === '' ? ofUser : ofUser.channel(chat),
    // A digest is never another's name: those begin with "=".
    id: isShort ? `=${name}` : `#${createHash('sha256').update(name).digest('base64url')}`,
  };
}

function find({ scoped, id }: Place): Promise<StoredDocument<Text> | undefined> {
  return scoped.get<Text>(COLLECTION, id);
}

/**
 * Looking first only says which to try: creating fails where another created it meanwhile, updating where another removed
 * it, and then it is the other's turn.
 */
async function set(place: Place, value: string): Promise<0 | 1> {
  const { scoped, id } = place;
  let isThere = (await find(place)) !== undefined;
  for (let attempt = 1; ; attempt += 1)
    try {
      if (isThere) await scoped.update<Text>(COLLECTION, id, { value });
      else await scoped.create<Text>(COLLECTION, { id, value });
      return isThere ? 1 : 0;
    } catch (error) {
      const isOvertaken = isThere ? codeOf(error) === 'store/not-found' : isConflict(error);
      if (!isOvertaken || attempt === TRIES) throw error;
      isThere = !isThere;
    }
}

const codeOf = (error: unknown) => (error as { code?: unknown }).code;
