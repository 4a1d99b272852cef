/** One of the hosts of a database. */
export interface HostName {
  /** New with each start. */
  readonly node: string;
  /** Where it answers. */
  readonly url: string;
}
/** What another host made of something; `text` is undefined when it did not say in time. */
export interface HostReport extends HostName {
  readonly text: string | undefined;
}

/** The hosts of one database, telling one another how far each of them is with what they share. */
export interface Hosts {
  readonly self: HostName;
  /** True when no other host can share the store. */
  readonly isAlone: boolean;
  /** Says what this host made of a topic, up to that revision; kept for some minutes. Never throws. */
  say(topic: string, revision: number, text: string): void;
  /**
   * What every other host that is there made of it, up to that revision or a later one; waits `withinMs` at most, and for
   * none that goes meanwhile.
   * @throws inbox/unavailable when it cannot be known who is there
   */
  hear(topic: string, revision: number, withinMs: number): Promise<readonly HostReport[]>;
}
