declare module 'sns-validator' {
  /** Of the parts that the tests use; the package has no types of its own. */
  export default class MessageValidator {
    validate(message: object, done: (error: Error | null, message?: object) => void): void;
  }
}
