import { Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { hostBase } from '../api';
import { Code } from './code';
import { CopyButton } from './copy';
import { bodyViews, type BodyView } from './request-view-body';
import { curlOf, type ShownRequest } from './request-view-curl';

interface RequestViewProps {
  readonly request: ShownRequest;
  /** Of its body, as received; undefined where it was not read. */
  readonly bodyBytes: number | undefined;
}

/** A request: its line, its headers as they came, and its body pretty, raw or in bytes. */
export function RequestView({ request, bodyBytes }: RequestViewProps) {
  const { method, target, headers, body } = request;
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Text className="breaks" size="sm" miw={0}>
          <span className="mono">
            {method} {target}
          </span>
        </Text>
        <CopyButton value={curlOf(request, new URL(hostBase).origin)} label="as curl" />
      </Group>
      <HeaderTable label="Headers" headers={headers} />
      {body === undefined ? (
        <Text size="sm" c="dimmed">
          {bodyBytes === undefined
            ? 'It was refused before its body was read.'
            : `Its body (${bodyBytes.toLocaleString('en')} bytes) was too large to be kept.`}
        </Text>
      ) : (
        <Body request={{ ...request, body }} bodyBytes={bodyBytes} />
      )}
    </Stack>
  );
}

interface HeaderTableProps {
  readonly label: string;
  readonly headers: ShownRequest['headers'];
}

/** Names and values in the order they came. */
export function HeaderTable({ label, headers }: HeaderTableProps) {
  return (
    <Table.ScrollContainer minWidth={0} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table fz="xs" verticalSpacing={3} aria-label={label}>
        <Table.Tbody>
          {headers.map(([name, value], index) => (
            <Table.Tr key={index}>
              <Table.Th scope="row" className="mono" w="1%" style={{ whiteSpace: 'nowrap' }} fw={500}>
                {name}
              </Table.Th>
              <Table.Td className="mono breaks">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface BodyProps {
  readonly request: ShownRequest & { readonly body: NonNullable<ShownRequest['body']> };
  readonly bodyBytes: number | undefined;
}

function Body({ request, bodyBytes = 0 }: BodyProps) {
  const views = bodyViews(request.headers, request.body);
  const [chosen, setChosen] = useState<BodyView['name']>();
  const view = views.find(({ name }) => name === chosen) ?? views[0];
  if (view === undefined)
    return (
      <Text size="sm" c="dimmed">
        No body.
      </Text>
    );
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="How the body is shown"
          value={view.name}
          onChange={(name) => setChosen(name as BodyView['name'])}
          data={views.map(({ name }) => name)}
        />
        <Text size="xs" c="dimmed">
          {bodyBytes.toLocaleString('en')} bytes
          {view.isCut ? ', the first of them shown' : ''}
        </Text>
      </Group>
      {view.fields === undefined ? (
        <Code text={view.text} language={view.language} label={`Body, ${view.name}`} />
      ) : (
        <HeaderTable label="Fields of the body" headers={view.fields} />
      )}
    </Stack>
  );
}
