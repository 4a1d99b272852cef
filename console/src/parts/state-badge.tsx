import { Badge, type MantineColor } from '@mantine/core';

const COLORS: Readonly<Record<string, MantineColor>> = {
  live: 'teal',
  open: 'teal',
  guarded: 'teal',
  serving: 'teal',
  succeeded: 'teal',
  sent: 'teal',
  done: 'teal',
  ready: 'indigo',
  running: 'indigo',
  loading: 'indigo',
  queued: 'indigo',
  later: 'gray',
  waiting: 'yellow',
  paused: 'yellow',
  stopping: 'yellow',
  silent: 'orange',
  absent: 'orange',
  disabled: 'gray',
  cancelled: 'gray',
  failed: 'red',
  dead: 'red',
  poisoned: 'red',
  down: 'red',
  refused: 'red',
};

/** The state of a plugin, a job, a delivery, an endpoint or a node: the word says it, the dot's colour only helps. */
export function StateBadge({ state }: { readonly state: string }) {
  return (
    <Badge variant="dot" tt="none" fw={500} color={COLORS[state] ?? 'gray'}>
      {state}
    </Badge>
  );
}
