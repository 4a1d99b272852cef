import {
  Autocomplete,
  Button,
  Collapse,
  Group,
  NativeSelect,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useState, type FormEvent, type KeyboardEvent } from 'react';
import { INVALID_REASONS, type SampledSender } from '../../../../src/core/ports/samples';
import { useRead } from '../../live';
import { REASON_WORDS } from '../refused/refusal-reasons';
import { bodyProblem, headersOf, indented, wantedOf, type WantedEvent } from './send-draft';
import { senderOf, type SendTarget } from './send-targets';

interface SendFormProps {
  readonly samples: readonly SampledSender[];
  readonly targets: readonly SendTarget[];
  readonly firstTarget: string | undefined;
  readonly isBusy: boolean;
  readonly onSend: (wanted: WantedEvent) => void;
}

interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is to be sent, where to, and whether it is signed rightly. */
export function SendForm({ samples, targets, firstTarget, isBusy, onSend }: SendFormProps) {
  const [to, setTo] = useState(firstTarget ?? targets[0]?.to ?? '');
  const target = targets.find((one) => one.to === to);
  const [chosenSender, setSender] = useState<string>();
  const sender = chosenSender ?? senderOf(target, samples) ?? samples[0]?.sender ?? '';
  const events = samples.find((one) => one.sender === sender)?.events ?? [];
  const [chosenEvent, setEvent] = useState('');
  const event = events.includes(chosenEvent) ? chosenEvent : (events[0] ?? '');
  const [invalid, setInvalid] = useState('');
  const [secretName, setSecretName] = useState('');
  const [headers, setHeaders] = useState('');
  const [body, setBody] = useState<string>();
  const path = `/send/samples/${encodeURIComponent(sender)}?event=${encodeURIComponent(event)}`;
  const sample = useRead<Sample>(path, [], { enabled: event !== '' });
  // Another sample: what was written for the one before is not meant for it.
  useEffect(() => setBody(undefined), [sender, event]);
  const headerProblem =
    'problem' in headersOf(headers) ? 'Each line is a name, a colon and a value.' : undefined;
  const send = () => {
    if (headerProblem === undefined && to !== '')
      onSend(wantedOf({ sender, to, event, invalid, secretName, headers, body }));
  };
  return (
    <form
      onSubmit={(submitted: FormEvent) => {
        submitted.preventDefault();
        send();
      }}
      onKeyDown={(pressed: KeyboardEvent) => {
        if (pressed.key === 'Enter' && (pressed.ctrlKey || pressed.metaKey)) send();
      }}
    >
      <Stack gap="sm">
        <Autocomplete
          label="Endpoint"
          description={
            target === undefined
              ? 'A path of this host.'
              : `${target.plugin} ${target.name}: ${target.access}`
          }
          required
          value={to}
          data={targets.map((one) => one.to)}
          limit={100}
          onChange={(text) => {
            setTo(text);
            setSender(undefined);
          }}
          classNames={{ input: 'mono' }}
        />
        <Group grow align="flex-start">
          <NativeSelect
            label="Sender"
            value={sender}
            data={samples.map((one) => ({ value: one.sender, label: one.title }))}
            onChange={(changed) => setSender(changed.currentTarget.value)}
          />
          <NativeSelect
            label="Event"
            value={event}
            data={[...events]}
            onChange={(changed) => setEvent(changed.currentTarget.value)}
          />
        </Group>
        <NativeSelect
          label="Signature"
          value={invalid}
          data={[
            { value: '', label: 'Right, by the secret that the host keeps' },
            ...INVALID_REASONS.map((reason) => ({
              value: reason,
              label: `Invalid: ${REASON_WORDS[reason] ?? reason}`,
            })),
          ]}
          onChange={(changed) => setInvalid(changed.currentTarget.value)}
        />
        <BodyEditor sample={sample.data} body={body} onChange={setBody} />
        <MoreFields
          headers={headers}
          problem={headerProblem}
          onHeaders={setHeaders}
          secretName={secretName}
          onSecretName={setSecretName}
        />
        <Group gap="sm">
          <Button type="submit" loading={isBusy} disabled={headerProblem !== undefined}>
            Send
          </Button>
          <Text size="xs" c="dimmed">
            Ctrl+Enter
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

interface BodyEditorProps {
  readonly sample: Sample | undefined;
  /** Undefined: the sample's. */
  readonly body: string | undefined;
  readonly onChange: (body: string | undefined) => void;
}

function BodyEditor({ sample, body, onChange }: BodyEditorProps) {
  const shown = body ?? indented(sample?.body ?? '');
  const type = Object.entries(sample?.headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type');
  const problem = bodyProblem(shown, type?.[1] ?? '');
  return (
    <>
      <Textarea
        label="Body"
        description={
          body === undefined
            ? 'The sample’s; change it as you like.'
            : 'Changed: it is signed as it stands here.'
        }
        autosize
        minRows={8}
        maxRows={24}
        spellCheck={false}
        value={shown}
        error={problem}
        onChange={(changed) => onChange(changed.currentTarget.value)}
        classNames={{ input: 'mono' }}
      />
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="default"
          disabled={problem !== undefined || body === undefined}
          onClick={() => onChange(indented(shown))}
        >
          Indent
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={body === undefined}
          onClick={() => onChange(undefined)}
        >
          The sample’s again
        </Button>
      </Group>
    </>
  );
}

interface MoreFieldsProps {
  readonly headers: string;
  readonly problem: string | undefined;
  readonly onHeaders: (headers: string) => void;
  readonly secretName: string;
  readonly onSecretName: (name: string) => void;
}

function MoreFields({ headers, problem, onHeaders, secretName, onSecretName }: MoreFieldsProps) {
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <>
      <Group>
        <Button size="compact-sm" variant="subtle" aria-expanded={isOpen} onClick={toggle}>
          Headers and secret
        </Button>
      </Group>
      <Collapse expanded={isOpen}>
        <Stack gap="sm">
          <Textarea
            label="Further headers"
            description="One a line, as in X-Name: value; they come over the sample’s."
            autosize
            minRows={2}
            spellCheck={false}
            value={headers}
            error={problem}
            onChange={(changed) => onHeaders(changed.currentTarget.value)}
            classNames={{ input: 'mono' }}
          />
          <TextInput
            label="Sign with"
            description="Name of another secret of the plugin’s; left empty: the one its endpoint verifies with."
            value={secretName}
            onChange={(changed) => onSecretName(changed.currentTarget.value)}
          />
        </Stack>
      </Collapse>
    </>
  );
}
