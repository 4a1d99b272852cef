import type { Settings } from '../settings';

/** How the store of the settings is, found without changing anything. */
export interface StoreInspection {
  readonly kind: 'sqlite' | 'postgres';
  /** The file, or the schema; never who signs in. */
  readonly where: string;
  /** `absent`: the first start makes it. `older`: the next start brings it up to date. `newer`: another version did. */
  readonly state: 'absent' | 'current' | 'older' | 'newer';
  /** How far its clock is ahead of this machine's, ms; undefined where both are one. */
  readonly clockAheadMs: number | undefined;
}

/** What the command line looks at without a host. Nothing is made, and nothing changed. */
export interface Inspection {
  /** Where the master key is, and whether it is there. @throws host/bad-master-key */
  masterKey(settings: Pick<Settings, 'masterKey' | 'previousMasterKeys' | 'data'>): {
    readonly where: string;
    readonly exists: boolean;
  };
  /** @throws inbox/cannot-open, inbox/bad-database-url, inbox/migration-changed, inbox/schema-too-new */
  store(settings: Pick<Settings, 'databaseUrl' | 'data'>): Promise<StoreInspection>;
}
