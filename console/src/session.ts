import { holdsScope, type OperatorScope } from '../../src/core/scopes';
import { useRead } from './live';

/** Who is signed in. */
export interface Session {
  /** Of a token, or `operator`. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Epoch ms. */
  readonly expiresAt: number;
}

export function useSession(): Session | undefined {
  return useRead<Session>('/session', ['tokens']).data;
}

/** Whether who is signed in may do what takes this scope; the host judges again. True until that is known. */
export function useMay(scope: OperatorScope): boolean {
  const session = useSession();
  return session === undefined || holdsScope(session.scopes, scope);
}
