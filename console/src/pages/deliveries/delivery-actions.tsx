import { Button } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { DeliveryTimeline } from '../../../../src/core/ports/deliveries-desk';
import type { BulkStep } from '../../../../src/core/ports/inbox-desk';
import { send } from '../../api';
import { useAct } from '../../parts/act';
import { useConfirm } from '../../parts/confirm';
import { failureText } from '../../parts/failure';
import { useNotices } from '../../parts/notices';
import { CHANGED_STATES } from '../jobs/job-changes';

interface DeliveryActionsProps {
  readonly timeline: DeliveryTimeline;
  readonly onPurging: (isPurging: boolean) => void;
}

/** What can be done with one delivery. */
export function DeliveryActions({ timeline, onPurging }: DeliveryActionsProps) {
  const { receipt, jobs } = timeline;
  const [, navigate] = useLocation();
  const ask = useConfirm();
  const replay = useAct<BulkStep>('POST', '/inbox/receipts/replay', {
    done: ({ changed }) => (changed > 0 ? 'Replayed: a new job works it.' : 'It could not be replayed.'),
  });
  const retry = useAct<BulkStep>('POST', '/inbox/jobs/retry', {
    done: ({ changed }) => (changed > 0 ? 'It is tried again.' : 'Nothing was there to be tried again.'),
  });
  const purge = useAct<BulkStep>('POST', '/inbox/receipts/purge', {
    done: ({ changed }) => (changed > 0 ? 'The delivery is purged.' : 'It is not purged: a job is not done.'),
  });
  const retried = jobs.filter(({ state }) => CHANGED_STATES.retry.includes(state)).map(({ id }) => id);
  const onPurge = async () => {
    const text = 'The request is deleted with its finished jobs, and cannot be had back.';
    if (!(await ask('Purge this delivery?', text, 'Purge'))) return;
    onPurging(true);
    const step = await purge.run({ ids: [receipt.id] });
    if (step !== undefined && step.changed > 0) navigate('/deliveries');
    else onPurging(false);
  };
  return (
    <>
      <Button size="xs" loading={replay.isBusy} onClick={() => void replay.run({ ids: [receipt.id] })}>
        Replay
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={retried.length === 0}
        loading={retry.isBusy}
        onClick={() => void retry.run({ ids: retried })}
      >
        Retry
      </Button>
      <FixtureButton id={receipt.id} />
      <Button size="xs" variant="light" color="red" loading={purge.isBusy} onClick={() => void onPurge()}>
        Purge…
      </Button>
    </>
  );
}

/** The request as a file for tests; the host takes what is secret out of it. */
function FixtureButton({ id }: { readonly id: string }) {
  const { say } = useNotices();
  const [isBusy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const response = await send('GET', `/deliveries/${encodeURIComponent(id)}/fixture`);
      const { filename, text } = (await response.json()) as { filename: string; text: string };
      saveAs(filename, text);
      say('good', `${filename} is saved, without what is secret.`);
    } catch (error) {
      say('bad', failureText(error));
    }
    setBusy(false);
  };
  return (
    <Button size="xs" variant="default" loading={isBusy} onClick={() => void save()}>
      Save as test fixture
    </Button>
  );
}

function saveAs(filename: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = filename;
  link.click();
  URL.revokeObjectURL(address);
}
