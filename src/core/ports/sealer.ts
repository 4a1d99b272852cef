/** Encrypts what must not lie in clear on disk. Bound to a context: what was sealed for one place opens at no other. */
export interface Sealer {
  seal(plain: string, context: string): string;
  /** @throws host/cannot-unseal when it was sealed with another key or for another context, or was changed */
  open(sealed: string, context: string): string;
}
