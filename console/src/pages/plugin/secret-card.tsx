import { Badge, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SecretStatus } from '../../../../src/operator/secrets-desk';
import { useAct } from '../../parts/act';
import { useConfirm } from '../../parts/confirm';
import { CopyButton } from '../../parts/copy';
import { Time } from '../../parts/time';
import { useMay } from '../../session';
import { SenderHints } from './endpoint-card';
import { SecretForm } from './secret-form';
import { SecretProposal } from './secret-proposal';
import type { SenderHint } from './use-sender-hints';

/** An endpoint that the secret lets senders in at. */
export interface SecretUse {
  readonly endpoint: string;
  readonly url: string | undefined;
  readonly hints: readonly SenderHint[];
}
interface SecretCardProps {
  readonly secret: SecretStatus;
  readonly uses: readonly SecretUse[];
}

/** One name: whether it is set and since when, where it is used, and what may be done with it. */
export function SecretCard({ secret, uses }: SecretCardProps) {
  const { plugin, name, required, declared, description, values, waiting, users } = secret;
  const may = useMay('secrets');
  const confirm = useConfirm();
  const [form, setForm] = useState<'set' | 'rotate'>();
  const path = `/secrets/${encodeURIComponent(plugin)}/${encodeURIComponent(name)}`;
  const remove = useAct('DELETE', path, { done: `${name} is removed.` });
  const isStored = values.some(({ origin }) => origin !== 'environment');
  const removeIt = async () => {
    const text =
      'All its values end at once: what is verified with it is refused, and what needs it answers 503.';
    if (await confirm(`Remove ${name} of ${plugin}?`, text, 'Remove')) await remove.run();
  };
  return (
    <Paper withBorder p="sm" component="article" aria-label={name}>
      <Stack gap={6}>
        <Group gap="xs">
          <Text fw={600} className="mono breaks">
            {name}
          </Text>
          <Badge
            variant="dot"
            tt="none"
            fw={500}
            color={values.length > 0 ? 'teal' : required ? 'red' : 'gray'}
          >
            {values.length > 0 ? 'set' : required ? 'not set, and needed' : 'not set'}
          </Badge>
          {!declared && <span className="quiet">no endpoint or declaration of the plugin names it</span>}
        </Group>
        {description !== '' && <Text size="sm">{description}</Text>}
        <Values values={values} users={users} />
        {uses.map((use) => (
          <Stack key={use.endpoint} gap={4}>
            <Group gap="xs">
              <Text size="sm" component="div">
                For <span className="mono">{use.endpoint}</span>
                {use.url !== undefined && (
                  <>
                    {' '}
                    at <span className="mono breaks">{use.url}</span>
                  </>
                )}
              </Text>
              {use.url !== undefined && <CopyButton value={use.url} label="URL" />}
            </Group>
            <SenderHints hints={use.hints} />
          </Stack>
        ))}
        {waiting !== undefined && <SecretProposal path={path} name={name} waiting={waiting} />}
        {form !== undefined ? (
          <SecretForm path={path} name={name} verb={form} onClose={() => setForm(undefined)} />
        ) : (
          <Group gap={4}>
            <SmallButton
              isOff={!may}
              onClick={() => setForm('set')}
              label={isStored ? 'Replace …' : 'Set …'}
            />
            {isStored && <SmallButton isOff={!may} onClick={() => setForm('rotate')} label="Rotate …" />}
            {isStored && <SmallButton isOff={!may} onClick={() => void removeIt()} label="Remove …" />}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

interface SmallButtonProps {
  readonly isOff: boolean;
  readonly label: string;
  readonly onClick: () => void;
}

function SmallButton({ isOff, label, onClick }: SmallButtonProps) {
  const why = isOff ? 'Your token lacks the scope secrets.' : undefined;
  return (
    <Button variant="default" size="compact-xs" disabled={isOff} title={why} onClick={onClick}>
      {label}
    </Button>
  );
}

function Values({ values, users = 0 }: Pick<SecretStatus, 'values' | 'users'>) {
  return (
    <>
      {values.map(({ id, origin, createdAt, notAfter }) => (
        <Text key={id} size="xs" c="dimmed" component="div">
          Value <span className="mono">{id}</span> ({origin}), since <Time at={createdAt} />
          {notAfter !== undefined && (
            <>
              , ends <Time at={notAfter} />
            </>
          )}
        </Text>
      ))}
      {users > 0 && (
        <Text size="xs" c="dimmed">
          {users} users have one of their own.
        </Text>
      )}
    </>
  );
}
