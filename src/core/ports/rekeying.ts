/** What a change of the master key came to. */
export interface Rekeyed {
  /** Of the key that seals from now on. */
  readonly keyId: string;
  /** True when the host made it; else it is the one that the settings name. */
  readonly made: boolean;
  /** Values that another key had sealed, and that this one seals now. */
  readonly resealed: number;
  /** Values that no key opens, by space and name; they are left as they are. */
  readonly unreadable: readonly string[];
}

/** Changes the master key. */
export interface Rekeying {
  /**
   * Makes a new key, or takes the one that the settings name, and seals anew what hosts share. Whatever ends it early leaves
   * everything readable for hosts that have both keys; another call finishes it.
   * @throws secrets/rekey-refused when another host of the database could not read what is sealed then, inbox/unavailable
   */
  rekey(): Promise<Rekeyed>;
}

/** What keeps hosts with another master key from starting on a store. */
export interface KeyProofs {
  /** From now on whoever starts must have the key that seals now besides the one before. @throws inbox/unavailable */
  begin(): Promise<void>;
  /** As if `begin` had never been. @throws inbox/unavailable */
  withdraw(): Promise<void>;
  /** From now on the key that seals now is enough. @throws inbox/unavailable */
  finish(): Promise<void>;
}
