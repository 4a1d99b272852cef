import type { ErrorEntry } from './error-entry';

/** What concerns the descriptions of plugins' endpoints. */
export const apiErrors = {
  'api/cannot-describe': {
    status: 500,
    message: (key: string, why: string) => `The endpoints of ${key} cannot be described: ${why}.`,
    isInternal: true,
  },
} as const satisfies Record<string, ErrorEntry>;
