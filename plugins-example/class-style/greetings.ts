import { injectable } from 'tsyringe';

/** Knows how to greet in the languages it was taught. An ordinary class: nothing of the host's is in it. */
@injectable()
export class Greetings {
  readonly #words = new Map<string, string>();

  get languages(): readonly string[] {
    return [...this.#words.keys()];
  }

  teach(language: string, word: string): void {
    this.#words.set(language, word);
  }

  /** Undefined for a language it was not taught. */
  greet(language: string, name: string): string | undefined {
    const word = this.#words.get(language);
    return word === undefined ? undefined : `${word}, ${name}!`;
  }
}
