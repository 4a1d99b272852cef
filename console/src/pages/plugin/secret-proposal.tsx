import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { WaitingSecret } from '../../../../src/operator/secrets-desk';
import { useAct } from '../../parts/act';
import { useConfirm } from '../../parts/confirm';
import { Time } from '../../parts/time';
import { useMay } from '../../session';
import { ToldValue } from './secret-form';

interface SecretProposalProps {
  readonly path: string;
  readonly name: string;
  readonly waiting: WaitingSecret;
}

/** What a sender chose while it was set up: it is no secret until somebody agrees. */
export function SecretProposal({ path, name, waiting }: SecretProposalProps) {
  const may = useMay('secrets');
  const confirm = useConfirm();
  const [told, setTold] = useState<string>();
  const approve = useAct<{ readonly value?: string }>('POST', `${path}/approve`, {
    done: `${name} is approved.`,
  });
  const refuse = useAct('DELETE', `${path}/proposal`, { done: 'Refused: the value is forgotten.' });
  const approveIt = async (isShown: boolean) => {
    const text = `Whoever sent the value with the fingerprint ${waiting.fingerprint} is believed from then on.`;
    if (!(await confirm(`Approve ${name}?`, text, 'Approve'))) return;
    setTold((await approve.run({ id: waiting.id, ...(isShown && { show: true }) }))?.value);
  };
  if (told !== undefined) return <ToldValue value={told} onClose={() => setTold(undefined)} />;
  return (
    <Alert variant="outline" color="yellow" title="A value waits for you">
      <Stack gap="xs">
        <Text size="sm" component="div" className="breaks">
          {waiting.from !== undefined &&
            `From ${waiting.from.ip || 'this machine'}, request ${waiting.from.requestId}, `}
          <Time at={waiting.createdAt} />; fingerprint <span className="mono">{waiting.fingerprint}</span>.
          Approve it only if you have set the sender up just now.
        </Text>
        <Group gap={4}>
          <Button
            size="compact-xs"
            disabled={!may}
            loading={approve.isBusy}
            onClick={() => void approveIt(false)}
          >
            Approve
          </Button>
          <Button size="compact-xs" variant="default" disabled={!may} onClick={() => void approveIt(true)}>
            Approve and show it
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            disabled={!may}
            loading={refuse.isBusy}
            onClick={() => void refuse.run()}
          >
            Refuse
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
