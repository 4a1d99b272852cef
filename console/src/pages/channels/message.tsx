import { Anchor, Button, Group, Paper, Text } from '@mantine/core';
import { Link } from 'wouter';
import { send } from '../../api';
import { failureText } from '../../parts/failure';
import { useNotices } from '../../parts/notices';
import { StateBadge } from '../../parts/state-badge';
import { Time } from '../../parts/time';
import type { Entry } from './channel';

/** A message, who sent it, and what became of it. */
export function Message({ entry }: { readonly entry: Entry }) {
  const { from, kind, text, attachment, at, state, error, job } = entry;
  return (
    <Paper component="li" withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          <code>{from}</code> {kind === 'text' ? '' : `· ${kind} `}· <Time at={at} />
        </Text>
        <StateBadge state={state} />
      </Group>
      <Text size="sm" mt={4} className="said">
        {text}
      </Text>
      {attachment !== undefined && <Attachment id={entry.id} of={attachment} />}
      {error !== undefined && (
        <Text size="xs" c="red" mt={4} className="breaks">
          {error}
        </Text>
      )}
      {job !== undefined && (state === 'failed' || state === 'queued') && (
        <Anchor component={Link} href={`/jobs/${job}`} size="xs">
          The job that sends it
        </Anchor>
      )}
    </Paper>
  );
}

interface AttachmentProps {
  readonly id: string;
  readonly of: NonNullable<Entry['attachment']>;
}

/** Saved, never shown: a plugin chose what it is. */
function Attachment({ id, of: { filename, contentType, bytes } }: AttachmentProps) {
  const { say } = useNotices();
  const save = async () => {
    try {
      const response = await send('GET', `/channels/messages/${encodeURIComponent(id)}/attachment`);
      const url = URL.createObjectURL(
        new Blob([await response.arrayBuffer()], { type: 'application/octet-stream' }),
      );
      const link = document.createElement('a');
      link.href = url;
      link.download = filename;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (thrown) {
      say('bad', failureText(thrown));
    }
  };
  return (
    <Button size="compact-xs" variant="default" mt={6} onClick={() => void save()}>
      Save {filename} ({contentType}, {bytes.toLocaleString('en')} bytes)
    </Button>
  );
}
