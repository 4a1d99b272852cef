import { z } from 'zod';

/** Pieces of what operations say they take and answer. */

export const text = z.string();
export const whole = z.number().int().nonnegative();
/** Epoch ms. */
export const time = z.number().describe('Epoch ms.');
export const isTrue = z.literal('true');

/** What is asked for, page by page. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).optional().describe('Most entries of the page; default 50.'),
  after: text.optional().describe('`next` of the page before.'),
};
/** A page of a list that may be long, newest first; `isShort`: of one that looks at a part of a large store. */
export function pageOf(item: z.ZodType, isShort = false) {
  const items = z.array(item);
  return z.looseObject({
    items: isShort ? items.describe(SHORT) : items,
    next: text.optional().describe('To be given as `after` for the next page; absent on the last one.'),
  });
}
const SHORT =
  'Where what is meant is rare in a large store, fewer than `limit`, or none, although there is a `next`: a page looks at so much as takes a moment.';

/** A list that is whole, under its name. */
export function listOf(name: string, item: z.ZodType) {
  return z.looseObject({ [name]: z.array(item) });
}

/** `{ changed: true }` and the like: whether there was something to do. */
export function flagNamed(name: string, what: string) {
  return z.looseObject({ [name]: z.boolean().describe(what) });
}
