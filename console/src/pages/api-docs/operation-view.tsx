import { Stack, Text } from '@mantine/core';
import { Code } from '../../parts/code';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { resolved, type Description, type Parameter, type Row } from './description';
import { TryIt } from './try-it';

const columns: readonly DataColumn<Parameter>[] = [
  { key: 'name', header: 'Parameter', cell: ({ name }) => <code>{name}</code> },
  { key: 'in', header: 'In', cell: (parameter) => parameter.in },
  { key: 'required', header: 'Required', cell: ({ required }) => (required === true ? 'yes' : 'no') },
  { key: 'type', header: 'Type', cell: ({ schema }) => <code>{typeOf(schema)}</code> },
  { key: 'what', header: 'What', cell: ({ description }) => description ?? '' },
];

/** One operation: what it takes, what it answers, and a way to try it. All of it is text: plugins wrote some of it. */
export function OperationView({ row, of: document }: { readonly row: Row; readonly of: Description }) {
  const { operation } = row;
  const { parameters = [], responses = {}, requestBody } = operation;
  const [bodyType, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return (
    <Stack gap="sm">
      {operation.description !== undefined && (
        <Text size="sm" className="breaks">
          {operation.description}
        </Text>
      )}
      {operation['x-gatehouse-scope'] !== undefined && (
        <Text size="sm">
          Scope <code>{operation['x-gatehouse-scope']}</code>
        </Text>
      )}
      {parameters.length > 0 && (
        <DataTable
          label="Parameters"
          columns={columns}
          rows={parameters}
          rowKey={(parameter) => `${parameter.in} ${parameter.name}`}
        />
      )}
      {bodyType !== undefined && (
        <Schema title={`Body, ${bodyType}`} schema={resolved(body?.schema, document)} />
      )}
      {Object.entries(responses).map(([status, { description, content }]) => {
        const [type, answer] = Object.entries(content ?? {})[0] ?? [];
        const title = `${status} ${description ?? ''}${type === undefined ? '' : ` ${type}`}`;
        return Number(status) < 300 && answer?.schema !== undefined ? (
          <Schema key={status} title={title} schema={resolved(answer.schema, document)} />
        ) : (
          <Text key={status} size="sm">
            {title}
          </Text>
        );
      })}
      <TryIt row={row} />
    </Stack>
  );
}

function Schema({ title, schema }: { readonly title: string; readonly schema: unknown }) {
  if (schema === undefined || Object.keys(schema as object).length === 0)
    return <Text size="sm">{title}</Text>;
  return (
    <Stack gap={4}>
      <Text size="sm">{title}</Text>
      <Code text={JSON.stringify(schema, undefined, 2)} label={title} maxHeight={240} />
    </Stack>
  );
}

function typeOf(schema: unknown): string {
  const { type, enum: choices } = (schema ?? {}) as { type?: unknown; enum?: readonly unknown[] };
  return choices === undefined ? String(type ?? 'any') : choices.join(' | ');
}
