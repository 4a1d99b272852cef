import { Accordion, Badge, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api';
import { useRead } from '../live';
import { Empty } from '../parts/empty';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { rowsOf, type Description, type Row } from './api-docs/description';
import { OperationView } from './api-docs/operation-view';

const HOST = '/openapi.json';
const DESCRIBED = 'live';

/** What the host and its plugins answer, to be read and tried. */
export default function ApiDocs() {
  const [address, setAddress] = useState(HOST);
  const [text, setText] = useState('');
  const plugins = useRead<{ plugins: readonly { key?: string; state: string }[] }>('/plugins', ['plugins']);
  const live = (plugins.data?.plugins ?? []).flatMap(({ key, state }) =>
    key === undefined || state !== DESCRIBED ? [] : [key],
  );
  const query = useQuery({
    queryKey: ['read', address],
    queryFn: () => ask<Description>('GET', address),
    meta: { topics: ['plugins'] },
  });
  return (
    <>
      <PageHead title="API docs" description="OpenAPI 3.1, as the host writes it from what is loaded." />
      <Group mb="md" align="flex-end">
        <Select
          label="Of"
          searchable
          allowDeselect={false}
          value={address}
          onChange={(value) => setAddress(value ?? HOST)}
          data={[
            { value: HOST, label: 'the whole host' },
            ...live.map((key) => ({ value: `/plugins/${key}/openapi.json`, label: key })),
          ]}
        />
        <TextInput
          label="Search"
          value={text}
          onChange={(event) => setText(event.currentTarget.value.toLowerCase())}
        />
      </Group>
      <Loaded query={query}>{(document) => <Operations key={address} of={document} text={text} />}</Loaded>
    </>
  );
}

function Operations({ of: document, text }: { readonly of: Description; readonly text: string }) {
  const [open, setOpen] = useState<string | null>(null);
  const rows = rowsOf(document).filter(({ id, operation }) =>
    `${id} ${operation.summary ?? ''}`.toLowerCase().includes(text),
  );
  if (rows.length === 0) return <Empty title="Nothing is described">No operation has these words.</Empty>;
  const tags = [...new Set(rows.map(({ tag }) => tag))];
  return (
    <Stack>
      {tags.map((tag) => (
        <section key={tag}>
          <Text component="h2" fw={600} mb={4}>
            {tag}
          </Text>
          <Accordion variant="contained" value={open} onChange={setOpen}>
            {rows
              .filter((row) => row.tag === tag)
              .map((row) => (
                <Accordion.Item key={row.id} value={row.id}>
                  <Accordion.Control>
                    <Line row={row} />
                  </Accordion.Control>
                  <Accordion.Panel>
                    {open === row.id && <OperationView row={row} of={document} />}
                  </Accordion.Panel>
                </Accordion.Item>
              ))}
          </Accordion>
        </section>
      ))}
    </Stack>
  );
}

function Line({ row: { method, path, operation } }: { readonly row: Row }) {
  return (
    <Group gap="sm">
      <Badge variant="default" ff="monospace" miw={70}>
        {method}
      </Badge>
      <Text
        size="sm"
        ff="monospace"
        className="breaks"
        td={operation.deprecated === true ? 'line-through' : undefined}
      >
        {path}
      </Text>
      <Text size="sm" c="dimmed">
        {operation.summary}
      </Text>
    </Group>
  );
}
