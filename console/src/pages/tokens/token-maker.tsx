import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useAct } from '../../parts/act';
import { Code } from '../../parts/code';
import { CopyButton } from '../../parts/copy';
import { Failure } from '../../parts/failure';

const SCOPES = [
  ['read', 'see everything that is no secret'],
  ['replay', 'retry, replay, pause, drop and send samples'],
  ['plugins', 'enable, disable, reload and configure plugins'],
  ['secrets', 'set and rotate secrets, issue addresses'],
  ['deliveries', 'be handed what endpoints receive (gatehouse dev --from)'],
  ['tools', 'call the tools of all plugins'],
  ['admin', 'everything, tokens and backups included'],
] as const;

const DAY_MS = 86_400_000;
const LASTING = [
  { value: String(DAY_MS), label: 'a day' },
  { value: String(30 * DAY_MS), label: '30 days' },
  { value: String(90 * DAY_MS), label: '90 days' },
  { value: String(365 * DAY_MS), label: 'a year' },
  { value: '', label: 'until it is revoked' },
];

interface Made {
  readonly name: string;
  readonly value: string;
}

/** Makes a token, and shows its value this once. */
export function TokenMaker({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const making = useAct<Made>('POST', '/tokens', { isQuiet: true });
  const close = () => {
    making.reset();
    onClose();
  };
  const { answer } = making;
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={answer === undefined ? 'New token' : `Token ${answer.name}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {answer === undefined ? (
        <Form onMake={(token) => void making.run(token)} isBusy={making.isBusy} error={making.error} />
      ) : (
        <Stack>
          <Alert color="yellow" variant="light" role="alert">
            It is shown this once: copy it now. The host keeps only its digest.
          </Alert>
          <Code text={answer.value} label="Value of the token" />
          <Group justify="flex-end">
            <CopyButton value={answer.value} label="token" />
            <Button onClick={close}>Done</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

interface FormProps {
  readonly onMake: (token: Readonly<Record<string, unknown>>) => void;
  readonly isBusy: boolean;
  readonly error: unknown;
}

function Form({ onMake, isBusy, error }: FormProps) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['read']);
  const [further, setFurther] = useState<string[]>([]);
  const [user, setUser] = useState('');
  const [lasting, setLasting] = useState(String(90 * DAY_MS));
  const make = (event: FormEvent) => {
    event.preventDefault();
    onMake({
      name,
      scopes: [...scopes, ...further],
      ...(user === '' ? {} : { user }),
      ...(lasting === '' ? {} : { expiresMs: Number(lasting) }),
    });
  };
  return (
    <form onSubmit={make}>
      <Stack>
        <TextInput
          label="Name"
          description="Of the person or program; it stands in the audit."
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group label="It may" value={scopes} onChange={setScopes}>
          <Stack gap={6} mt={6}>
            {SCOPES.map(([scope, may]) => (
              <Checkbox
                key={scope}
                value={scope}
                label={
                  <Text size="sm" span>
                    <code>{scope}</code> {may}
                  </Text>
                }
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <TagsInput
          label="Further scopes"
          description="tools:acme.ci for the tools of one plugin, app:shop for one application."
          value={further}
          onChange={setFurther}
        />
        <TextInput
          label="In the name of a user"
          description="For tools that act for one; leave empty otherwise."
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <Select
          label="It lasts"
          data={LASTING}
          value={lasting}
          allowDeselect={false}
          onChange={(value) => setLasting(value ?? '')}
        />
        {error !== undefined && <Failure error={error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={isBusy} disabled={scopes.length + further.length === 0}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
