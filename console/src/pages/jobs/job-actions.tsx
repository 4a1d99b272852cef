import { Button, Group, JsonInput, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { BulkStep, JobDetail } from '../../../../src/core/ports/inbox-desk';
import { useAct } from '../../parts/act';
import { useConfirm } from '../../parts/confirm';
import { Failure } from '../../parts/failure';
import { CANCEL, CHANGED_STATES, DROP } from './job-changes';

/** What can be done with one job. */
export function JobActions({ job }: { readonly job: JobDetail }) {
  const { id, state } = job;
  const [, navigate] = useLocation();
  const ask = useConfirm();
  const told = (good: string) => ({
    done: ({ changed }: BulkStep) =>
      changed > 0 ? good : 'Its state is another one by now: nothing was changed.',
  });
  const retry = useAct<BulkStep>('POST', '/inbox/jobs/retry', told('It runs again.'));
  const cancel = useAct<BulkStep>('POST', '/inbox/jobs/cancel', told('It is cancelled.'));
  const drop = useAct<BulkStep>('POST', '/inbox/jobs/drop', told('It is dropped.'));
  const can = (verb: 'retry' | 'cancel' | 'drop') => CHANGED_STATES[verb].includes(state);
  const onCancel = async () => {
    if (await ask('Cancel this job?', CANCEL.explains, 'Cancel the job')) await cancel.run({ ids: [id] });
  };
  const onDrop = async () => {
    if (!(await ask('Drop this job?', DROP.explains, 'Drop'))) return;
    const step = await drop.run({ ids: [id] });
    if (step !== undefined && step.changed > 0) navigate('/jobs');
  };
  return (
    <>
      {can('retry') && (
        <Button size="xs" loading={retry.isBusy} onClick={() => void retry.run({ ids: [id] })}>
          {state === 'later' ? 'Run now' : 'Retry'}
        </Button>
      )}
      {can('cancel') && <SignalButton job={job} />}
      {can('cancel') && (
        <Button size="xs" variant="default" loading={cancel.isBusy} onClick={() => void onCancel()}>
          Cancel…
        </Button>
      )}
      {can('drop') && (
        <Button size="xs" variant="light" color="red" loading={drop.isBusy} onClick={() => void onDrop()}>
          Drop…
        </Button>
      )}
    </>
  );
}

/** Gives the job what it waits for. */
function SignalButton({ job: { id, awaited } }: { readonly job: JobDetail }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const [name, setName] = useState(awaited ?? '');
  const [value, setValue] = useState('');
  const signal = useAct<{ readonly changed: boolean }>(
    'POST',
    `/inbox/jobs/${encodeURIComponent(id)}/signal`,
    {
      done: ({ changed }) => (changed ? 'The signal is given.' : 'The job is finished: nothing was given.'),
      isQuiet: true,
    },
  );
  const problem = problemOf(value);
  const submit = async () => {
    const body = { name, ...(value.trim() === '' ? {} : { value: JSON.parse(value) as unknown }) };
    if ((await signal.run(body)) !== undefined) close();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>
        Signal…
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title="Give the job a signal"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (problem === undefined) void submit();
          }}
        >
          <Stack>
            <Text size="sm">What is given first under a name stays; a job may ask for it later.</Text>
            <TextInput
              label="Name"
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <JsonInput
              label="Value (JSON)"
              description="Left empty: none."
              autosize
              minRows={3}
              maxRows={12}
              value={value}
              error={problem}
              onChange={setValue}
            />
            {signal.error !== undefined && <Failure error={signal.error} />}
            <Group justify="flex-end">
              <Button type="submit" loading={signal.isBusy} disabled={problem !== undefined || name === ''}>
                Give it
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}

function problemOf(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
