import { Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { LogLine } from '../../../../src/core/ports/log-ring';
import { Empty } from '../../parts/empty';
import { Failure } from '../../parts/failure';
import { exactText } from '../../parts/time';
import type { TabProps } from '../plugin';
import { idOf } from './plugin-facts';
import { useLogLines } from './use-log-lines';

const LEVELS = ['error', 'warn', 'info', 'debug'];
const TYPING_MS = 300;
/** From the end: whoever is nearer follows it. */
const NEAR_PX = 40;

/** What it logs, as it does. */
export default function LogsTab({ plugin }: TabProps) {
  const [level, setLevel] = useState('debug');
  const [typed, setTyped] = useState('');
  const [isPaused, setPaused] = useState(false);
  const [text] = useDebouncedValue(typed.trim(), TYPING_MS);
  const { lines, held, error } = useLogLines({ plugin: idOf(plugin), level, text }, isPaused);
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="This level and those more severe"
          data={LEVELS}
          value={level}
          onChange={setLevel}
        />
        <TextInput
          type="search"
          size="xs"
          aria-label="Text in the message or a field"
          placeholder="Text"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button variant="default" size="xs" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? `Go on${held > 0 ? ` (${held} new)` : ''}` : 'Pause'}
        </Button>
      </Group>
      {error !== undefined && <Failure error={error} />}
      {lines.length === 0 ? (
        <Empty title="Nothing like that is in the log yet.">
          It is shown here as it is written; the host keeps its latest lines.
        </Empty>
      ) : (
        <Lines lines={lines} />
      )}
      <Text size="xs" c="dimmed">
        Of the host that is asked. All of it stands in the log files of each host.
      </Text>
    </Stack>
  );
}

function Lines({ lines }: { readonly lines: readonly LogLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines]);
  return (
    <div
      ref={box}
      className="code log"
      role="log"
      aria-live="off"
      aria-label="Log"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      }}
    >
      {lines.map(({ number, at, level, message, fields }) => (
        <div key={number} className="log-line" data-level={level}>
          <time dateTime={new Date(at).toISOString()} title={exactText(at)}>
            {new Date(at).toLocaleTimeString('en-GB')}
          </time>{' '}
          <b>{level}</b> {message}
          <span className="quiet">{fieldsText(fields)}</span>
        </div>
      ))}
    </div>
  );
}

/** As they came, but for a stack, which is read line by line. */
function fieldsText(fields: string): string {
  const { stack, ...rest } = fieldsIn(fields);
  const others = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  if (typeof stack !== 'string') return fields === '{}' ? '' : ` ${fields}`;
  return `${others}\n${stack}`;
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A long line was cut.
    return {};
  }
}
