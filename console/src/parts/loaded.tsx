import { Button, Loader, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './failure';

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

/** What was read; until then that it is being read, or why it could not be. What was read before stays in view. */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  if (query.data !== undefined)
    return (
      <>
        {query.isError && <Failure error={query.error} />}
        {children(query.data)}
      </>
    );
  if (!query.isError) return <Loader size="sm" role="status" aria-label="Loading" />;
  return (
    <Stack gap="xs" align="flex-start">
      <Failure error={query.error} />
      <Button variant="default" size="xs" loading={query.isFetching} onClick={() => void query.refetch()}>
        Try again
      </Button>
    </Stack>
  );
}
