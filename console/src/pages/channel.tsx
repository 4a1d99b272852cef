import { Button, Group, Paper, Stack, Text, Textarea } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { useLocation, useParams } from 'wouter';
import { ask } from '../api';
import { readEvents } from '../event-stream';
import { useRead, type Topic } from '../live';
import { useAct } from '../parts/act';
import { useConfirm } from '../parts/confirm';
import { Empty } from '../parts/empty';
import { Failure } from '../parts/failure';
import { PageHead } from '../parts/page-head';
import type { Channel, Entry } from './channels/channel';
import { ChannelForm } from './channels/channel-form';
import { Message } from './channels/message';

const TOPICS: readonly Topic[] = ['messages'];
const AGAIN_MS = 2_000;

interface HistoryPage {
  readonly items: readonly Entry[];
  readonly before?: string;
}

/** One chat as it goes on, and what became of each message. */
export default function ChannelPage() {
  const { chat: encoded = '' } = useParams<{ chat: string }>();
  const chat = decodeURIComponent(encoded);
  const list = useRead<{ channels: readonly Channel[] }>('/channels', ['messages']);
  const channel = list.data?.channels.find(({ chatKey }) => chatKey === chat);
  const [isSetting, setSetting] = useState(false);
  const path = `/channels/${encodeURIComponent(chat)}`;
  const testing = useAct('POST', `${path}/test`, { done: 'A test message is on its way.' });
  return (
    <>
      <PageHead
        title={chat}
        description={channel?.isReady === false ? 'It cannot be sent to: set it up.' : undefined}
      >
        <Button variant="default" loading={testing.isBusy} onClick={() => void testing.run()}>
          Send a test message
        </Button>
        <Button variant="default" onClick={() => setSetting(true)}>
          Set up
        </Button>
        <Remove chat={chat} path={path} />
      </PageHead>
      {channel !== undefined && (
        <ChannelForm isOpen={isSetting} onClose={() => setSetting(false)} channel={channel} />
      )}
      <History path={path} chat={chat} />
      {chat.startsWith('console-') && <Say path={path} />}
    </>
  );
}

function Remove({ chat, path }: { readonly chat: string; readonly path: string }) {
  const confirm = useConfirm();
  const [, navigate] = useLocation();
  const removing = useAct<{ removed: boolean }>('DELETE', path, {
    done: ({ removed }) =>
      removed ? 'What was set up is removed; the history stays.' : 'Nothing was set up here.',
  });
  const remove = async () => {
    const text = 'Its credential and settings go. Messages that are queued for it fail. Its history stays.';
    if (!(await confirm(`Remove what is set up for ${chat}?`, text, 'Remove'))) return;
    if ((await removing.run()) !== undefined) navigate('/channels');
  };
  return (
    <Button variant="light" color="red" loading={removing.isBusy} onClick={() => void remove()}>
      Remove
    </Button>
  );
}

function History({ path, chat }: { readonly path: string; readonly chat: string }) {
  const client = useQueryClient();
  const queryKey = ['read', `${path}/history`];
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      ask<HistoryPage>('GET', `${path}/history?limit=50${pageParam === '' ? '' : `&before=${pageParam}`}`),
    initialPageParam: '',
    getNextPageParam: ({ before }) => before,
    meta: { topics: TOPICS },
  });
  useEffect(() => {
    const gone = new AbortController();
    void followChat(
      chat,
      gone.signal,
      () => void client.invalidateQueries({ queryKey: ['read', `${path}/history`] }),
    );
    return () => gone.abort();
  }, [chat, path, client]);
  const entries = [...(query.data?.pages ?? [])].reverse().flatMap(({ items }) => items);
  return (
    <Stack gap="xs">
      {query.isError && <Failure error={query.error} />}
      {query.hasNextPage && (
        <Group justify="center">
          <Button
            variant="subtle"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Older messages
          </Button>
        </Group>
      )}
      {query.isSuccess && entries.length === 0 && (
        <Empty title="Nothing was said yet">Send a test message: it goes the way of all others.</Empty>
      )}
      <Stack component="ol" gap="xs" className="plain-list" aria-label="Messages" aria-live="polite">
        {entries.map((entry) => (
          <Message key={entry.id} entry={entry} />
        ))}
      </Stack>
    </Stack>
  );
}

/** Asks for the history anew whenever something is said, until the page is left. */
async function followChat(chat: string, signal: AbortSignal, changed: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { event } of readEvents(`/channels/stream?chat=${encodeURIComponent(chat)}`, signal))
        if (event === 'message') changed();
    } catch {
      // It is tried again below.
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function Say({ path }: { readonly path: string }) {
  const [text, setText] = useState('');
  const saying = useAct('POST', `${path}/say`);
  const say = async (event: FormEvent) => {
    event.preventDefault();
    if ((await saying.run({ text })) !== undefined) setText('');
  };
  return (
    <Paper withBorder p="sm" mt="md" component="form" onSubmit={(event) => void say(event)}>
      <Textarea
        label="Write into this chat"
        autosize
        maxRows={8}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="space-between" mt="xs">
        <Text size="xs" c="dimmed">
          Plugins that listen to the chat, and the agent where it is switched on, answer.
        </Text>
        <Button type="submit" loading={saying.isBusy} disabled={text.trim() === ''}>
          Write
        </Button>
      </Group>
    </Paper>
  );
}
