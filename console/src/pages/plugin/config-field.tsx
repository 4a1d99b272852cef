import {
  Button,
  Fieldset,
  Group,
  PasswordInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { ConfigSource } from '../../../../src/core/ports/plugin-config';
import { choicesOf, draftKey, isMasked, type ConfigField, type Drafts } from './config-fields';
import { writtenValue } from './config-values';

interface ConfigFieldProps {
  readonly field: ConfigField;
  readonly drafts: Drafts;
  /** Of the host, by path. */
  readonly issues: ReadonlyMap<string, string>;
  /** An undefined text removes what is stored. */
  readonly onWrite: (field: ConfigField, text: string | undefined) => void;
}

/** One value with its label, where it comes from, and what is wrong with it; groups hold further ones. */
export function ConfigFieldView(props: ConfigFieldProps) {
  const { field, issues } = props;
  if (field.kind !== 'group') return <SingleField {...props} />;
  const issue = issues.get(draftKey(field.path));
  return (
    <Fieldset legend={field.title} p="sm">
      <Stack gap="sm">
        <Text size="xs" c="dimmed">
          {noteOf(field)}
        </Text>
        {issue !== undefined && (
          <Text size="xs" c="red" role="alert">
            {issue}
          </Text>
        )}
        {field.inner.map((inner) => (
          <ConfigFieldView key={draftKey(inner.path)} {...props} field={inner} />
        ))}
      </Stack>
    </Fieldset>
  );
}

function SingleField({ field, drafts, issues, onWrite }: ConfigFieldProps) {
  const { kind, title, schema, isRequired, variable, value, source } = field;
  const key = draftKey(field.path);
  const draft = drafts.get(key);
  const common = {
    label: title,
    description: noteOf(field),
    error: issues.get(key),
    withAsterisk: isRequired,
    disabled: variable !== undefined,
    value: drafts.has(key) ? (draft ?? '') : writtenValue(field),
    placeholder: shownDefault(schema['default']),
    size: 'sm',
    spellCheck: false,
  };
  const onChange = (event: { readonly currentTarget: { readonly value: string } }) =>
    onWrite(field, event.currentTarget.value);
  switch (kind) {
    case 'choice':
      return (
        <Select
          {...common}
          value={common.value === '' ? null : common.value}
          placeholder={common.placeholder === '' ? 'not set' : `default: ${common.placeholder}`}
          clearable
          data={choicesOf(schema).map((choice) => ({ value: JSON.stringify(choice), label: String(choice) }))}
          onChange={(chosen) => onWrite(field, chosen ?? '')}
        />
      );
    case 'secret': {
      const isRemoved = drafts.has(key) && draft === undefined;
      const isSet = isMasked(value) && value.isSet;
      const placeholder = isRemoved
        ? 'removed when you save'
        : isSet
          ? 'set; leave empty to keep it'
          : 'not set';
      return (
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <PasswordInput
            {...common}
            placeholder={placeholder}
            autoComplete="new-password"
            flex={1}
            onChange={onChange}
          />
          {source === 'stored' && !isRemoved && (
            <Button
              variant="default"
              size="sm"
              aria-label={`Remove ${title}`}
              onClick={() => onWrite(field, undefined)}
            >
              Remove
            </Button>
          )}
        </Group>
      );
    }
    case 'list':
    case 'numbers':
    case 'json':
    case 'group':
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          maxRows={14}
          classNames={{ input: 'mono' }}
          onChange={onChange}
        />
      );
    case 'number':
      return <TextInput {...common} inputMode="decimal" onChange={onChange} />;
    case 'text':
      return <TextInput {...common} onChange={onChange} />;
  }
}

const SOURCES: Readonly<Record<ConfigSource, string>> = {
  default: 'The default.',
  file: 'From the settings file.',
  stored: 'Set by an operator.',
  environment: 'From the environment.',
};
const FORMS: Readonly<Partial<Record<ConfigField['kind'], string>>> = {
  list: 'One a line.',
  numbers: 'One number a line.',
  json: 'JSON.',
};

function noteOf({ schema, source, variable, kind, path }: ConfigField): string {
  const from =
    variable !== undefined
      ? `Set by the variable ${variable}: change it there.`
      : source === undefined || path.length > 1
        ? ''
        : SOURCES[source];
  const description = typeof schema['description'] === 'string' ? schema['description'] : '';
  return [description, FORMS[kind] ?? '', from].filter((part) => part !== '').join(' ');
}

function shownDefault(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
