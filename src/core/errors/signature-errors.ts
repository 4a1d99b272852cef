import type { ErrorEntry } from './error-entry';

/** How senders prove who they are. */
export const signatureErrors = {
  'signatures/invalid-row': {
    status: 500,
    message: (where: string, issues: string) =>
      `${where} does not say how requests are signed:\n${issues}\nCorrect each line; docs/providers.md shows rows that are known to work.`,
  },
  'signatures/unknown-row': {
    status: 500,
    message: (id: string, nearest: string) =>
      `No sender called "${id}" is known${nearest === '' ? '' : ` (did you mean "${nearest}"?)`}. Name one of docs/providers.md, or say how it signs with hmac({ header }).`,
  },
  'signatures/cannot-sign': {
    status: 500,
    message: (id: string, why: string) => `A request cannot be signed as "${id}" does: ${why}.`,
  },
} as const satisfies Record<string, ErrorEntry>;
