import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface EmptyProps {
  readonly title: string;
  /** What to do first. */
  readonly children?: ReactNode;
}

/** In place of a list in which nothing stands. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <Paper withBorder p="lg">
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text size="sm" c="dimmed" mt="xs" component="div">
          {children}
        </Text>
      )}
    </Paper>
  );
}
