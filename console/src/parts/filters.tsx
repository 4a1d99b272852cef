import { Autocomplete, Button, Collapse, Group, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { useEffect, useState, type ReactNode } from 'react';
import type { PluginStatus } from '../../../src/core/ports/plugin-registry';
import { useRead } from '../live';
import type { Filters } from './filters-address';

/** What a list can be narrowed by. */
export type FilterField =
  | { readonly kind: 'text' | 'time'; readonly name: string; readonly label: string; readonly width?: string }
  | {
      readonly kind: 'suggested';
      readonly name: string;
      readonly label: string;
      readonly options: readonly string[];
      readonly width?: string;
    }
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      /** Values and what they are called; none of them: any. */
      readonly options: readonly (readonly [value: string, label: string])[];
      readonly width?: string;
    };

interface FilterBarProps {
  readonly fields: readonly FilterField[];
  /** Shown when asked for, or while one of them is set. */
  readonly more?: readonly FilterField[];
  readonly values: Filters;
  readonly onChange: (changes: Readonly<Record<string, string | undefined>>) => void;
  readonly children?: ReactNode;
}

const TYPED_MS = 350;

/** Above a list. What is typed holds after a moment, or at once by Enter. */
export function FilterBar({ fields, more = [], values, onChange, children }: FilterBarProps) {
  const isSet = ({ name }: FilterField) => values[name] !== undefined;
  const [isOpen, { toggle }] = useDisclosure(more.some(isSet));
  const all = [...fields, ...more];
  const control = (field: FilterField) => (
    <Control key={field.name} field={field} value={values[field.name] ?? ''} onChange={onChange} />
  );
  return (
    <search aria-label="Filters">
      <Group gap="xs" align="flex-end" mb="xs">
        {fields.map(control)}
        {more.length > 0 && (
          <Button variant="default" size="xs" aria-expanded={isOpen} onClick={toggle}>
            {isOpen ? 'Fewer filters' : 'More filters'}
          </Button>
        )}
        {all.some(isSet) && (
          <Button
            variant="subtle"
            size="xs"
            onClick={() => onChange(Object.fromEntries(all.map(({ name }) => [name, undefined])))}
          >
            Clear filters
          </Button>
        )}
        {children}
      </Group>
      {more.length > 0 && (
        <Collapse expanded={isOpen}>
          <Group gap="xs" align="flex-end" mb="xs">
            {more.map(control)}
          </Group>
        </Collapse>
      )}
    </search>
  );
}

interface ControlProps {
  readonly field: FilterField;
  readonly value: string;
  readonly onChange: FilterBarProps['onChange'];
}

function Control({ field, value, onChange }: ControlProps) {
  const { name, label, width = '11rem' } = field;
  const set = (text: string) => onChange({ [name]: text === '' ? undefined : text });
  if (field.kind === 'choice')
    return (
      <NativeSelect
        size="xs"
        label={label}
        w={widthOf(width)}
        value={value}
        data={[
          { value: '', label: 'Any' },
          ...field.options.map(([option, text]) => ({ value: option, label: text })),
        ]}
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  if (field.kind === 'time')
    return (
      <TextInput
        size="xs"
        type="datetime-local"
        label={label}
        w={widthOf('13rem')}
        value={value === '' ? '' : localTime(Number(value))}
        onChange={(event) => set(epochOf(event.currentTarget.value))}
      />
    );
  return <Typed field={field} value={value} set={set} width={width} />;
}

interface TypedProps {
  readonly field: Extract<FilterField, { kind: 'text' | 'time' | 'suggested' }>;
  readonly value: string;
  readonly set: (text: string) => void;
  readonly width: string;
}

function Typed({ field, value, set, width }: TypedProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const soon = useDebouncedCallback(set, TYPED_MS);
  const shared = {
    size: 'xs',
    label: field.label,
    w: widthOf(width),
    value: text,
    onKeyDown: ({ key }: { readonly key: string }) => {
      if (key === 'Enter') set(text);
    },
  } as const;
  const change = (typed: string) => {
    setText(typed);
    soon(typed);
  };
  if (field.kind !== 'suggested')
    return <TextInput {...shared} type="search" onChange={(event) => change(event.currentTarget.value)} />;
  return (
    <Autocomplete {...shared} data={[...field.options]} limit={50} onChange={change} onOptionSubmit={set} />
  );
}

/** Two in a line where the screen is narrow. */
function widthOf(width: string) {
  return { base: 'calc(50% - 5px)', xs: width };
}

/** As `datetime-local` writes it, in the reader's time. */
function localTime(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 16);
}

function epochOf(text: string): string {
  const at = new Date(text).getTime();
  return Number.isNaN(at) || at < 0 ? '' : String(at);
}

/** Keys of all plugins, and endpoints of the one that is chosen, for the suggestions of filters. */
export function useKnownNames(plugin: string | undefined) {
  const { data } = useRead<{ readonly plugins: readonly PluginStatus[] }>('/plugins', ['plugins']);
  const all = data?.plugins ?? [];
  const chosen = all.filter(({ key }) => plugin === undefined || key === plugin);
  const unique = (texts: readonly string[]) => [...new Set(texts)].sort();
  return {
    plugins: unique(all.flatMap(({ key }) => key ?? [])),
    endpoints: unique(
      chosen.flatMap(({ endpoints }) => endpoints.map(({ method, path }) => `${method} ${path}`)),
    ),
    tasks: unique(chosen.flatMap(({ tasks }) => tasks)),
  };
}
