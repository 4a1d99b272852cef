import { Button, Checkbox, Group, Modal, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { Failure } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import type { Adapter, Channel } from './channel';

interface ChannelFormProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Undefined: a new one. */
  readonly channel?: Channel;
}

/** What an operator says of a channel. Its credential goes in and does not come out. */
export function ChannelForm({ isOpen, onClose, channel }: ChannelFormProps) {
  const query = useRead<{ adapters: readonly Adapter[] }>('/channels/adapters', [], { enabled: isOpen });
  const title = channel === undefined ? 'Set up a channel' : `Set up ${channel.chatKey}`;
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Loaded query={query}>
        {({ adapters }) => (
          <Fields adapters={adapters} onDone={onClose} {...(channel === undefined ? {} : { channel })} />
        )}
      </Loaded>
    </Modal>
  );
}

interface FieldsProps {
  readonly adapters: readonly Adapter[];
  readonly onDone: () => void;
  readonly channel?: Channel;
}

function Fields({ adapters, onDone, channel }: FieldsProps) {
  const [name, setName] = useState(channel?.chatKey.split('-')[0] ?? adapters[0]?.name ?? '');
  const [chat, setChat] = useState(channel?.chatKey.slice(name.length + 1) ?? '');
  const [credential, setCredential] = useState('');
  const [options, setOptions] = useState<Readonly<Record<string, string>>>(channel?.options ?? {});
  const [rate, setRate] = useState(rateText(channel));
  const [agent, setAgent] = useState(channel?.agent ?? false);
  const saving = useAct('PUT', '/channels', { isQuiet: true, done: 'The channel is set up.' });
  const adapter = adapters.find((one) => one.name === name);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const given = Object.entries(options).filter(([, value]) => value !== '');
    const body = {
      options: Object.fromEntries(given),
      ...(credential === '' ? {} : { credential }),
      ...(rate === '' ? {} : { rate }),
      ...(agent ? { agent } : {}),
    };
    const saved = await saving.run(body, `/channels/${encodeURIComponent(`${name}-${chat}`)}`);
    if (saved !== undefined) onDone();
  };
  return (
    <form onSubmit={save}>
      <Stack>
        <Select
          label="Adapter"
          data={adapters.map((one) => one.name)}
          value={name}
          allowDeselect={false}
          disabled={channel !== undefined}
          onChange={(value) => setName(value ?? '')}
        />
        <TextInput
          label="Channel"
          description={`Plugins write to ${name}-${chat === '' ? '…' : chat}`}
          required
          disabled={channel !== undefined}
          value={chat}
          onChange={(event) => setChat(event.currentTarget.value)}
        />
        {adapter?.credential !== undefined && (
          <PasswordInput
            label={adapter.credential}
            description={
              channel?.hasCredential === true ? 'One is stored; leave empty to keep it.' : undefined
            }
            required={channel?.hasCredential !== true}
            autoComplete="off"
            value={credential}
            onChange={(event) => setCredential(event.currentTarget.value)}
          />
        )}
        {adapter?.options.map((option) => (
          <TextInput
            key={option.name}
            label={option.name}
            description={option.description}
            required={option.required}
            value={options[option.name] ?? ''}
            onChange={({ currentTarget: { value } }) =>
              setOptions((before) => ({ ...before, [option.name]: value }))
            }
          />
        ))}
        <TextInput
          label="Most messages"
          description="As in 30/1m; the host’s channels.rate where it is empty."
          value={rate}
          onChange={(event) => setRate(event.currentTarget.value)}
        />
        {name === 'console' && (
          <Checkbox
            label="What operators write here starts a run of the agent"
            checked={agent}
            onChange={(event) => setAgent(event.currentTarget.checked)}
          />
        )}
        {saving.error !== undefined && <Failure error={saving.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={saving.isBusy}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function rateText(channel: Channel | undefined): string {
  return channel?.rate === undefined ? '' : `${channel.rate.requests}/${channel.rate.perMs / 1_000}s`;
}
