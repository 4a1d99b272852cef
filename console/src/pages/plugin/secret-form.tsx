import { Alert, Button, Checkbox, Group, PasswordInput, Select, Stack } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useAct } from '../../parts/act';
import { CopyButton } from '../../parts/copy';

const HOUR_MS = 3_600_000;
const OVERLAPS = [
  { value: '0', label: 'at once' },
  { value: String(HOUR_MS), label: 'in an hour' },
  { value: String(24 * HOUR_MS), label: 'in a day' },
  { value: String(7 * 24 * HOUR_MS), label: 'in a week' },
];

interface SecretFormProps {
  /** Of the secret in the operator API. */
  readonly path: string;
  readonly name: string;
  /** `rotate`: those until now hold on for a while. */
  readonly verb: 'set' | 'rotate';
  readonly onClose: () => void;
}

/** A value goes in; one that the host made is told this once. */
export function SecretForm({ path, name, verb, onClose }: SecretFormProps) {
  const [value, setValue] = useState('');
  const [isGenerated, setGenerated] = useState(false);
  const [overlapMs, setOverlapMs] = useState(String(24 * HOUR_MS));
  const [told, setTold] = useState<string>();
  const isRotation = verb === 'rotate' || isGenerated;
  const act = useAct<{ readonly value?: string }>(
    isRotation ? 'POST' : 'PUT',
    isRotation ? `${path}/rotate` : path,
    { done: verb === 'set' ? `${name} is set.` : `${name} is rotated.` },
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const overlap = { overlapMs: verb === 'rotate' ? Number(overlapMs) : 0 };
    const answer = await act.run(
      isGenerated ? { ...overlap, generate: true } : isRotation ? { ...overlap, value } : { value },
    );
    if (answer === undefined) return;
    setValue('');
    if (answer.value === undefined) onClose();
    else setTold(answer.value);
  };
  if (told !== undefined) return <ToldValue value={told} onClose={onClose} />;
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="xs" maw={420}>
        <PasswordInput
          label={`New value of ${name}`}
          size="xs"
          autoFocus
          required={!isGenerated}
          disabled={isGenerated}
          autoComplete="new-password"
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <Checkbox
          size="xs"
          label="Let the host make one: 256 random bits, shown once"
          checked={isGenerated}
          onChange={(event) => setGenerated(event.currentTarget.checked)}
        />
        {verb === 'rotate' && (
          <Select
            label="The values until now end"
            size="xs"
            allowDeselect={false}
            data={OVERLAPS}
            value={overlapMs}
            onChange={(chosen) => setOverlapMs(chosen ?? '0')}
          />
        )}
        <Group gap="xs">
          <Button type="submit" size="xs" loading={act.isBusy}>
            {verb === 'set' ? 'Set' : 'Rotate'}
          </Button>
          <Button variant="default" size="xs" onClick={onClose}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What is shown once. */
export function ToldValue({ value, onClose }: { readonly value: string; readonly onClose: () => void }) {
  return (
    <Alert variant="outline" color="yellow" title="Shown this once: give it to the sender now.">
      <Stack gap="xs" align="flex-start">
        <span className="mono breaks">{value}</span>
        <Group gap="xs">
          <CopyButton value={value} label="value" />
          <Button size="compact-xs" variant="default" onClick={onClose}>
            I have it
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
