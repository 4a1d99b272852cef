import type { IncomingMessage } from 'node:http';
import type { Identity } from './operator-auth';

/** The console's own cookie: no plugin ever sees it, sets it or clears it. */
export const SESSION_COOKIE = 'gatehouse_session';
/** Carries what only the console's page was told; a request that is known by its cookie counts for nothing without it. */
export const CSRF_HEADER = 'x-gatehouse-csrf';

/** Who is signed in at the console. Constant-time; nothing of it is logged. */
export interface ConsoleSessions {
  /**
   * Whom a request speaks for by the console's cookie together with the header; undefined where either is missing or wrong,
   * and once the session or the token it was opened with has ended.
   */
  identify(request: IncomingMessage): Identity | undefined;
  /** What the page repeats in the header, by the cookie alone: to be told to the console's page and to nothing else. */
  csrfTokenOf(request: IncomingMessage): string | undefined;
}
