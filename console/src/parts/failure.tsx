import { Alert, List, Text } from '@mantine/core';
import { ApiError } from '../api';

/** What the host answered instead of what was asked for: its words, its code, and the id to find it in the log by. */
export function Failure({ error }: { readonly error: unknown }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  const marks = [problem?.code, problem?.requestId].filter((mark) => mark !== undefined);
  return (
    <Alert color="red" variant="outline" role="alert" title={titleOf(error)}>
      <Details detail={problem?.detail} text={failureText(error)} />
      {marks.length > 0 && (
        <Text size="xs" ff="monospace" mt="xs" className="breaks">
          {marks.join(' · ')}
        </Text>
      )}
    </Alert>
  );
}

/** One sentence for people. */
export function failureText(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError)
    return 'The host cannot be reached. Nothing was changed that it did not confirm.';
  return error instanceof Error ? error.message : String(error);
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong';
  return `${error.status} ${error.problem.title ?? ''}`.trim();
}

interface Issue {
  readonly loc?: readonly (string | number)[];
  readonly msg?: string;
}

/** Issues of single values come as a list. */
function Details({ detail, text }: { readonly detail: unknown; readonly text: string }) {
  if (!Array.isArray(detail)) return <span className="breaks">{text}</span>;
  return (
    <List size="sm">
      {(detail as readonly Issue[]).map(({ loc = [], msg = '' }, index) => (
        <List.Item key={index}>
          <code>{loc.join('.')}</code> {msg}
        </List.Item>
      ))}
    </List>
  );
}
