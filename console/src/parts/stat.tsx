import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';

interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  /** Below the value. */
  readonly note?: ReactNode;
  /** Where it is looked into. */
  readonly href: string;
  /** Somebody should see to it. */
  readonly isBad?: boolean;
}

/** One number that tells how the host is, and leads to where it comes from. */
export function Stat({ label, value, note, href, isBad = false }: StatProps) {
  return (
    <Paper withBorder component={Link} href={href} p="xs" className="stat" data-bad={isBad || undefined}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="lg" fw={600} lh={1.2}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </Paper>
  );
}
