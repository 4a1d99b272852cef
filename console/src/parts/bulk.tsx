import { Alert, Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import type { BulkStep } from '../../../src/core/ports/inbox-desk';
import { ask } from '../api';
import { Failure } from './failure';

/** A change of many: ids, or all that a filter selects. */
export type BulkTarget =
  { readonly ids: readonly string[] } | { readonly filter: Readonly<Record<string, string>> };

export interface BulkChange {
  /** As on its button, e.g. `Replay`. */
  readonly verb: string;
  /** Of the operator API; `{ ids }` or `{ filter }` is posted there, step by step. */
  readonly path: string;
  readonly target: BulkTarget;
  /** What is changed: one, and many. */
  readonly nouns: readonly [one: string, many: string];
  /** What comes of it, in a sentence. */
  readonly explains: string;
  readonly isDestructive?: boolean;
  /** How many it would look at; default: the host is asked, by `dryRun`. */
  count?(): Promise<number>;
}

type Phase =
  | { readonly at: 'counting' }
  | { readonly at: 'asking'; readonly count: number }
  | { readonly at: 'running' | 'done' | 'stopped'; readonly count: number; readonly sum: Sum }
  | { readonly at: 'failed'; readonly error: unknown; readonly sum: Sum | undefined };
interface Sum {
  readonly looked: number;
  readonly changed: number;
}

/** Changes many: first how many it would be, then step after step with its progress. `dialog` stands anywhere in the page. */
export function useBulk(onDone?: () => void): {
  readonly start: (change: BulkChange) => void;
  readonly dialog: ReactNode;
} {
  const [change, setChange] = useState<BulkChange>();
  const [phase, setPhase] = useState<Phase>({ at: 'counting' });
  const isStopped = useRef(false);
  const client = useQueryClient();
  const start = (wanted: BulkChange) => {
    isStopped.current = false;
    setChange(wanted);
    setPhase({ at: 'counting' });
    countOf(wanted).then(
      (count) => setPhase({ at: 'asking', count }),
      (error: unknown) => setPhase({ at: 'failed', error, sum: undefined }),
    );
  };
  const run = async (wanted: BulkChange, count: number) => {
    let sum: Sum = { looked: 0, changed: 0 };
    try {
      for await (const step of stepsOf(wanted)) {
        sum = { looked: sum.looked + step.looked, changed: sum.changed + step.changed };
        if (isStopped.current) break;
        setPhase({ at: 'running', count, sum });
      }
      setPhase({ at: isStopped.current ? 'stopped' : 'done', count, sum });
    } catch (error) {
      setPhase({ at: 'failed', error, sum });
    }
    void client.invalidateQueries();
    onDone?.();
  };
  const close = () => {
    isStopped.current = true;
    setChange(undefined);
  };
  const dialog = (
    <Modal
      opened={change !== undefined}
      onClose={close}
      title={change?.verb}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {change !== undefined && (
        <BulkPhase
          change={change}
          phase={phase}
          onRun={(count) => {
            setPhase({ at: 'running', count, sum: { looked: 0, changed: 0 } });
            void run(change, count);
          }}
          onStop={() => {
            isStopped.current = true;
          }}
          onClose={close}
        />
      )}
    </Modal>
  );
  return { start, dialog };
}

async function countOf({ count, path, target }: BulkChange): Promise<number> {
  if (count !== undefined) return count();
  return (await ask<{ readonly count: number }>('POST', path, { ...target, dryRun: true })).count;
}

async function* stepsOf({ path, target }: BulkChange): AsyncGenerator<BulkStep> {
  let after: string | undefined;
  do {
    const step: BulkStep = await ask<BulkStep>('POST', path, {
      ...target,
      ...(after === undefined ? {} : { after }),
    });
    yield step;
    after = step.next;
  } while (after !== undefined);
}

interface BulkPhaseProps {
  readonly change: BulkChange;
  readonly phase: Phase;
  readonly onRun: (count: number) => void;
  readonly onStop: () => void;
  readonly onClose: () => void;
}

function BulkPhase({ change, phase, onRun, onStop, onClose }: BulkPhaseProps) {
  const { verb, explains, isDestructive = false } = change;
  const close = (
    <Button variant="default" onClick={onClose} data-autofocus>
      {phase.at === 'asking' && phase.count > 0 ? 'Cancel' : 'Close'}
    </Button>
  );
  if (phase.at === 'counting') return <Text role="status">Counting…</Text>;
  if (phase.at === 'failed')
    return (
      <Stack>
        <Failure error={phase.error} />
        {phase.sum !== undefined && <Text size="sm">{toldOf(change, phase.sum)}</Text>}
        <Group justify="flex-end">{close}</Group>
      </Stack>
    );
  const amount = amountOf(phase.count, change.nouns);
  if (phase.at === 'asking')
    return (
      <Stack>
        <Text size="sm">
          {phase.count === 0 ? 'Nothing is selected by this.' : `${verb} ${amount}? ${explains}`}
        </Text>
        <Group justify="flex-end">
          {close}
          {phase.count > 0 && (
            <Button color={isDestructive ? 'red' : undefined} onClick={() => onRun(phase.count)}>
              {verb} {amount}
            </Button>
          )}
        </Group>
      </Stack>
    );
  const { sum, count } = phase;
  if (phase.at === 'running')
    return (
      <Stack>
        <Progress.Root size="lg">
          <Progress.Section
            value={(100 * sum.looked) / Math.max(count, 1)}
            aria-label={`${verb}: progress`}
          />
        </Progress.Root>
        <Text size="sm" role="status">
          {sum.looked.toLocaleString('en')} of {count.toLocaleString('en')}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onStop}>
            Stop
          </Button>
        </Group>
      </Stack>
    );
  return (
    <Stack>
      <Alert color={phase.at === 'done' ? 'teal' : 'yellow'} role="status">
        {phase.at === 'stopped' && 'Stopped. '}
        {toldOf(change, sum)}
      </Alert>
      <Group justify="flex-end">{close}</Group>
    </Stack>
  );
}

function toldOf({ nouns }: BulkChange, { looked, changed }: Sum): string {
  const rest = looked - changed;
  const left = rest === 0 ? '' : ` ${rest.toLocaleString('en')} could not be: their state is another one.`;
  return `Done for ${amountOf(changed, nouns)}.${left}`;
}

export function amountOf(count: number, [one, many]: readonly [string, string]): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
