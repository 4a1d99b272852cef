import { Modal, Stack, Text } from '@mantine/core';
import type { HostTransition } from '../../../../src/core/ports/plugin-registry';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Failure } from '../../parts/failure';
import { StackTrace } from '../../parts/stack-trace';
import { StateBadge } from '../../parts/state-badge';
import type { TransitionOutcome } from './use-transition';

interface OutcomeDialogProps {
  readonly id: string;
  /** Of the plugin. */
  readonly folder: string;
  readonly outcome: TransitionOutcome | undefined;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** What came of a change of a plugin: on each host, and why it failed, down to the line of its source. */
export function OutcomeDialog({ id, folder, outcome, isOpen, onClose }: OutcomeDialogProps) {
  const { transition, error, verb } = outcome ?? {};
  const hosts = transition?.hosts ?? [];
  const stack = transition?.failure?.stack ?? '';
  const serves =
    transition !== undefined && error !== undefined && transition.generation > 0
      ? `Generation ${transition.generation} serves on.`
      : undefined;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size="xl"
      title={`${verb ?? ''} ${id}: ${error === undefined ? 'done' : 'failed'}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="sm">
        {error !== undefined && <Failure error={error} />}
        {serves !== undefined && <Text size="sm">{serves}</Text>}
        {stack !== '' && <StackTrace stack={stack} folder={folder} />}
        {hosts.length > 0 && (
          <DataTable label="Hosts" columns={COLUMNS} rows={hosts} rowKey={({ node }) => node} />
        )}
      </Stack>
    </Modal>
  );
}

const COLUMNS: readonly DataColumn<HostTransition>[] = [
  { key: 'host', header: 'Host', cell: ({ url }) => <span className="mono">{url}</span> },
  { key: 'outcome', header: 'Outcome', cell: ({ outcome }) => <StateBadge state={outcome} /> },
  { key: 'generation', header: 'Generation', align: 'right', cell: ({ generation }) => generation || '–' },
  {
    key: 'failure',
    header: 'Why',
    cell: ({ failure }) => <span className="breaks">{failure === undefined ? '' : failure.message}</span>,
  },
];
