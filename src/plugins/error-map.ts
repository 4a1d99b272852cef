import { isHostError } from '../core/errors';
import { isHttpError, type HttpError } from '../core/http-error';
import { isGiveUp, isRetryAfter } from '../core/job';
import type { Reply } from '../core/reply';

/** A class of errors of the plugin's own. */
export type ErrorClass<Thrown = unknown> = abstract new (...values: never[]) => Thrown;
/** What is answered in place of an error; undefined leaves it as it is. */
export type AnswerError<Thrown = unknown> = (error: Thrown) => HttpError | Reply | undefined;

/** What a plugin answers in place of its own errors, by class: the most specific one counts. */
export class ErrorMap {
  readonly #answers = new Map<object, AnswerError<never>>();

  get isEmpty(): boolean {
    return this.#answers.size === 0;
  }

  /** False when the class stands here already. */
  add<Thrown>({ prototype }: ErrorClass<Thrown>, answer: AnswerError<Thrown>): boolean {
    if (this.#answers.has(prototype as object)) return false;
    this.#answers.set(prototype as object, answer);
    return true;
  }

  /** What to answer, or `thrown` as it is where no class fits. What an answer throws counts as what it gives. */
  readonly map = (thrown: unknown): unknown => {
    for (const prototype of ancestry(thrown)) {
      const answer = this.#answers.get(prototype);
      if (answer !== undefined) return answered(answer, thrown);
    }
    return thrown;
  };
}

function answered(answer: AnswerError<never>, thrown: unknown): unknown {
  try {
    return answer(thrown as never) ?? thrown;
  } catch (instead) {
    return instead;
  }
}

/**
 * The prototypes of what was thrown, nearest first. What says by itself what is to happen is no error of the plugin's
 * making: it counts for its own class, but not for `Error`, so that a mapping of everything leaves it alone.
 */
function ancestry(thrown: unknown): object[] {
  const found: object[] = [];
  try {
    let prototype: unknown =
      typeof thrown === 'object' && thrown !== null ? Object.getPrototypeOf(thrown) : null;
    for (; typeof prototype === 'object' && prototype !== null; prototype = Object.getPrototypeOf(prototype))
      found.push(prototype);
  } catch {
    return []; // a proxy that does not want to be looked at
  }
  return isMeant(thrown) ? found.slice(0, -2) : found;
}

function isMeant(thrown: unknown): boolean {
  return isHttpError(thrown) || isHostError(thrown) || isRetryAfter(thrown) || isGiveUp(thrown);
}
