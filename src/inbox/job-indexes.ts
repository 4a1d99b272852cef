import { sql } from 'kysely';

/**
 * What the partial indexes over jobs list, each in the words of its condition: SQLite takes one for no others. Of what
 * succeeded there is none: it is most of what there is. Rows below zero, the desk's own, are among them; to leave these out
 * without the planner going by their number instead, say `+id > 0`.
 */
export const JOB_INDEXES = {
  ready: sql`state = 1 and lane_head = 1`,
  /** Later or waiting. */
  timed: sql`state in (0, 3)`,
  running: sql`state = 2`,
  /** Of every lane what is not done, and what holds it. */
  laned: sql`lane is not null and state in (0, 1, 2, 3, 6)`,
  /** Dead or poisoned. */
  dead: sql`state in (5, 6)`,
  cancelled: sql`state = 7`,
} as const;
