import { STATE, UNFINISHED } from '../states';

/** What a lane waits for; in the words of the index over lanes, which serves no others. */
export const HOLDS_LANE = `state IN (${[...UNFINISHED, STATE.poisoned].join(', ')})`;
