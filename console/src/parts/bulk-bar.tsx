import { Button, Group, Menu, Text } from '@mantine/core';
import type { BulkChange } from './bulk';

interface BulkBarProps {
  /** How many rows are selected; 0: the changes are of all that the filters leave. */
  readonly chosen: number;
  readonly changes: readonly BulkChange[];
  /** What all of them are called, as in `All jobs`. */
  readonly all: string;
  /** There is nothing to change. */
  readonly isEmpty: boolean;
  readonly onStart: (change: BulkChange) => void;
  readonly onClear: () => void;
}

/** Above a list: what can be done with the rows that are selected, or with all of them. */
export function BulkBar({ chosen, changes, all, isEmpty, onStart, onClear }: BulkBarProps) {
  return (
    <Group gap="xs" mb="xs" mih={30}>
      {chosen > 0 ? (
        <>
          <Text size="sm" role="status">
            {chosen.toLocaleString('en')} selected
          </Text>
          {changes.map((change) => (
            <Button key={change.verb} size="compact-sm" variant="default" onClick={() => onStart(change)}>
              {change.verb}…
            </Button>
          ))}
          <Button size="compact-sm" variant="subtle" onClick={onClear}>
            Clear selection
          </Button>
        </>
      ) : (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button size="compact-sm" variant="default" disabled={isEmpty}>
              {all} ▾
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {changes.map((change) => (
              <Menu.Item key={change.verb} onClick={() => onStart(change)}>
                {change.verb}…
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  );
}
