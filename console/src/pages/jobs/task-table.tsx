import { Anchor, Button, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import {
  workStates,
  type Pause,
  type PauseTarget,
  type WorkCount,
  type WorkState,
} from '../../../../src/core/ports/inbox-desk';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { withQuery } from '../../parts/filters-address';
import { Loaded } from '../../parts/loaded';
import { StateBadge } from '../../parts/state-badge';
import { Time } from '../../parts/time';

/** How much of what there is, and what is paused. */
export function TaskTable() {
  const counts = useRead<{ readonly counts: readonly WorkCount[] }>('/inbox/counts', ['jobs', 'plugins']);
  const pauses = useRead<{ readonly pauses: readonly Pause[] }>('/inbox/pauses', ['jobs', 'plugins']);
  const paused = pauses.data?.pauses ?? [];
  return (
    <Stack gap="md">
      <Pauses pauses={paused} />
      <Loaded query={counts}>
        {({ counts: rows }) =>
          rows.length === 0 ? (
            <Empty title="There is no job yet.">Tasks are listed here once something is enqueued.</Empty>
          ) : (
            <DataTable
              label="Jobs by task and state"
              columns={columnsOf(paused)}
              rows={rows}
              rowKey={({ plugin, name, kind }) => `${plugin} ${name} ${kind}`}
            />
          )
        }
      </Loaded>
    </Stack>
  );
}

function columnsOf(pauses: readonly Pause[]): readonly DataColumn<WorkCount>[] {
  const nameColumn: DataColumn<WorkCount> = {
    key: 'task',
    header: 'Task or endpoint',
    cell: ({ plugin, name, orphan }) => (
      <span className="mono">
        <Anchor component={Link} href={`/plugins/${plugin}/jobs`} inherit>
          {plugin}
        </Anchor>{' '}
        {name} {orphan !== undefined && <em>{orphan}</em>}
      </span>
    ),
  };
  const stateColumns = workStates.map((state): DataColumn<WorkCount> => ({
    key: state,
    header: state,
    align: 'right',
    cell: (count) => <Amount count={count} state={state} />,
  }));
  return [
    nameColumn,
    ...stateColumns,
    {
      key: 'pause',
      header: 'Pause',
      cell: ({ plugin, name }) => {
        const own = pauses.find(
          (pause) => pause.plugin === plugin && pause.name === name && pause.lane === undefined,
        );
        const whole = pauses.find((pause) => pause.plugin === plugin && pause.name === undefined);
        if (own !== undefined) return <ResumeButton target={{ plugin, name }} />;
        return whole === undefined ? (
          <PauseButton target={{ plugin, name }} />
        ) : (
          <StateBadge state="paused" />
        );
      },
    },
  ];
}

function Amount({ count, state }: { readonly count: WorkCount; readonly state: WorkState }) {
  const { plugin, name, states } = count;
  const amount = states[state] ?? 0;
  if (amount === 0)
    return (
      <Text span c="dimmed">
        ·
      </Text>
    );
  return (
    <Anchor
      component={Link}
      href={withQuery('/jobs', { plugin, name, states: state })}
      size="sm"
      aria-label={`${amount} ${state} of ${plugin} ${name}`}
    >
      {amount.toLocaleString('en')}
    </Anchor>
  );
}

/** What is paused, and a way of pausing more than one task, or a single lane. */
function Pauses({ pauses }: { readonly pauses: readonly Pause[] }) {
  const [target, setTarget] = useState({ plugin: '', name: '', lane: '', reason: '' });
  const pause = useAct('POST', '/inbox/pause', { done: 'Paused: what is stored is kept, and not worked.' });
  const field = (name: keyof typeof target, label: string, isRequired = false) => (
    <TextInput
      size="xs"
      label={label}
      required={isRequired}
      value={target[name]}
      onChange={(event) => setTarget({ ...target, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Paper withBorder p="sm" component="section" aria-label="Pauses">
      <Title order={2} size="h6" mb="xs">
        Paused
      </Title>
      {pauses.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing is paused.
        </Text>
      )}
      <Stack gap={4}>
        {pauses.map(({ plugin, name, lane, since, reason }) => (
          <Group key={`${plugin} ${name} ${lane}`} gap="sm">
            <Text size="sm" className="mono breaks">
              {plugin} {name ?? '(all of it)'} {lane === undefined ? '' : `lane ${lane}`}
            </Text>
            <Text size="sm" c="dimmed">
              <Time at={since} />
              {reason === undefined ? '' : `: ${reason}`}
            </Text>
            <ResumeButton target={{ plugin, name, lane }} />
          </Group>
        ))}
      </Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = Object.entries(target).filter(([, value]) => value !== '');
          void pause.run(Object.fromEntries(given)).then((answer) => {
            if (answer !== undefined) setTarget({ plugin: '', name: '', lane: '', reason: '' });
          });
        }}
      >
        <Group gap="xs" mt="sm" align="flex-end">
          {field('plugin', 'Plugin', true)}
          {field('name', 'Task or endpoint')}
          {field('lane', 'Lane')}
          {field('reason', 'Reason')}
          <Button type="submit" size="xs" variant="default" loading={pause.isBusy}>
            Pause
          </Button>
        </Group>
      </form>
    </Paper>
  );
}

function PauseButton({ target }: { readonly target: PauseTarget }) {
  const pause = useAct('POST', '/inbox/pause', { done: `${nameOf(target)} is paused.` });
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={pause.isBusy}
      aria-label={`Pause ${nameOf(target)}`}
      onClick={() => void pause.run(target)}
    >
      Pause
    </Button>
  );
}

function ResumeButton({ target }: { readonly target: PauseTarget }) {
  const resume = useAct('POST', '/inbox/resume', { done: `${nameOf(target)} goes on.` });
  return (
    <Button
      size="compact-xs"
      loading={resume.isBusy}
      aria-label={`Resume ${nameOf(target)}`}
      onClick={() => void resume.run(target)}
    >
      Resume
    </Button>
  );
}

function nameOf({ plugin, name = '', lane = '' }: PauseTarget): string {
  return [plugin, name, lane].filter((part) => part !== '').join(' ');
}
