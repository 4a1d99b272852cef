import { PROPOSALS } from './proposals';
import type { RecordKind } from './sealed-records';
import { SECRETS } from './secrets';
import { URLS } from './signed-urls';
import { roleSpace } from './sql/postgres-roles';
import { USER_SECRETS } from './user-secrets';

/** Where among what hosts share sealed texts stand, and what each is sealed for. */
export interface SealedSpace {
  readonly space: string;
  /**
   * What a text is sealed for: `name` is the value's, `field` what the text stands under in the JSON object `holder`. Both are
   * empty where the value is the sealed text itself, as JSON or as it is.
   */
  contextOf(name: string, field: string, holder: Readonly<Record<string, unknown>>): string;
}

/** The spaces of this folder; other parts have theirs. */
export const stateSpaces: readonly SealedSpace[] = [
  ...[SECRETS, PROPOSALS, URLS, USER_SECRETS].map(recordSpace),
  { space: 'config', contextOf: (name, field) => `config ${name} ${field}` },
  roleSpace,
];

function recordSpace({ space, noun }: RecordKind): SealedSpace {
  return {
    space,
    contextOf: (name, _field, { id }) => {
      const slash = name.indexOf('/');
      return `${noun} ${name.slice(0, slash)} ${name.slice(slash + 1)} ${String(id)}`;
    },
  };
}
