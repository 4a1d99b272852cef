import { Anchor, Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useRead } from '../live';
import { DataTable, type DataColumn } from '../parts/data-table';
import { Empty } from '../parts/empty';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { StateBadge } from '../parts/state-badge';
import { Time } from '../parts/time';
import { ChannelForm } from './channels/channel-form';
import type { Channel } from './channels/channel';

const columns: readonly DataColumn<Channel>[] = [
  {
    key: 'chat',
    header: 'Chat',
    cell: ({ chatKey }) => (
      <Anchor component={Link} href={`/channels/${encodeURIComponent(chatKey)}`} ff="monospace" size="sm">
        {chatKey}
      </Anchor>
    ),
  },
  {
    key: 'ready',
    header: 'State',
    cell: ({ isReady }) => <StateBadge state={isReady ? 'ready' : 'not set up'} />,
  },
  { key: 'all', header: 'Messages', align: 'right', cell: ({ messages }) => messages.all },
  { key: 'queued', header: 'Queued', align: 'right', cell: ({ messages }) => messages.queued },
  {
    key: 'failed',
    header: 'Failed',
    align: 'right',
    cell: ({ messages: { failed } }) => (
      <Text size="sm" c={failed > 0 ? 'red' : undefined}>
        {failed}
      </Text>
    ),
  },
  { key: 'last', header: 'Last', cell: ({ lastAt }) => <Time at={lastAt} /> },
];

/** Chats that plugins send to. */
export default function Channels() {
  const query = useRead<{ channels: readonly Channel[] }>('/channels', ['messages']);
  const [, navigate] = useLocation();
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <PageHead
        title="Channels"
        description="Chats that plugins send to: set up here, retried and rate-limited by the host."
      >
        <Button onClick={() => setAdding(true)}>Set up a channel</Button>
      </PageHead>
      <ChannelForm isOpen={isAdding} onClose={() => setAdding(false)} />
      <Loaded query={query}>
        {({ channels }) =>
          channels.length === 0 ? (
            <Empty title="No chats yet">
              <Group gap="xs">
                Plugins can write to any chat that begins with console- at once; for Slack, Discord, Telegram
                or a URL of your own, set up a channel.
              </Group>
            </Empty>
          ) : (
            <DataTable
              label="Chats"
              columns={columns}
              rows={channels}
              rowKey={({ chatKey }) => chatKey}
              onOpen={({ chatKey }) => navigate(`/channels/${encodeURIComponent(chatKey)}`)}
            />
          )
        }
      </Loaded>
    </>
  );
}
