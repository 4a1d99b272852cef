import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { hostBase, sendToHost, ApiError } from '../../api';
import { Code } from '../../parts/code';
import { useConfirm } from '../../parts/confirm';
import { failureText } from '../../parts/failure';
import type { Row } from './description';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const SHOWN = 100_000;

/**
 * Asks the operation for real. What is the operator's own is asked as who is signed in; a plugin's address as a stranger, so
 * that what is seen is what a sender would see.
 */
export function TryIt({ row }: { readonly row: Row }) {
  const { method, path, operation } = row;
  const confirm = useConfirm();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [body, setBody] = useState('');
  const [answer, setAnswer] = useState<Answer | string>();
  const [isBusy, setBusy] = useState(false);
  const fields = (operation.parameters ?? []).filter(
    ({ in: place }) => place === 'path' || place === 'query',
  );
  const isReading = method === 'GET' || method === 'HEAD';
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    if (!isReading && !(await confirm(`${method} ${path}?`, 'It is done for real, on this host.', method)))
      return;
    setBusy(true);
    setAnswer(await answerOf(method, addressOf(row, values), isReading || body === '' ? undefined : body));
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void ask(event)}>
      <Stack gap="xs">
        {fields.map(({ name, required = false }) => (
          <TextInput
            key={name}
            label={name}
            required={required}
            value={values[name] ?? ''}
            onChange={({ currentTarget: { value } }) => setValues((before) => ({ ...before, [name]: value }))}
          />
        ))}
        {!isReading && (
          <Textarea
            label="Body, JSON"
            autosize
            minRows={2}
            maxRows={12}
            value={body}
            onChange={(event) => setBody(event.currentTarget.value)}
          />
        )}
        <Group>
          <Button type="submit" size="xs" variant="default" loading={isBusy}>
            Try it
          </Button>
        </Group>
        {typeof answer === 'string' && (
          <Alert color="red" role="alert">
            {answer}
          </Alert>
        )}
        {typeof answer === 'object' && (
          <Stack gap={4} aria-live="polite">
            <Text size="sm">
              {answer.status} <code>{answer.type}</code>
            </Text>
            <Code text={answer.text.slice(0, SHOWN)} language="json" label="Answer" />
          </Stack>
        )}
      </Stack>
    </form>
  );
}

function addressOf({ path, operation }: Row, values: Readonly<Record<string, string>>): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_all, name: string) => encodeURIComponent(values[name] ?? ''));
  const query = (operation.parameters ?? [])
    .filter(({ in: place, name }) => place === 'query' && (values[name] ?? '') !== '')
    .map(({ name }) => [name, values[name] ?? ''] as [string, string]);
  return query.length === 0 ? filled : `${filled}?${String(new URLSearchParams(query))}`;
}

async function answerOf(method: string, address: string, body: string | undefined): Promise<Answer | string> {
  try {
    if (address.startsWith('/api/operator'))
      return await read(await sendToHost(method, address, body === undefined ? undefined : JSON.parse(body)));
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = { method, headers, credentials: 'omit', ...(body === undefined ? {} : { body }) } as const;
    return await read(await fetch(hostBase + address, asked));
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) return failureText(thrown);
    return { status: thrown.status, type: 'application/problem+json', text: JSON.stringify(thrown.problem) };
  }
}

async function read(response: Response): Promise<Answer> {
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: await response.text(),
  };
}
