import { Button, Group, PasswordInput, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useAct } from '../../parts/act';
import { useMay } from '../../session';

/** A secret that nothing declares: a plugin may ask for it by its name. */
export function AddSecret({ plugin }: { readonly plugin: string }) {
  const may = useMay('secrets');
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const path = `/secrets/${encodeURIComponent(plugin)}/${encodeURIComponent(name)}`;
  const set = useAct('PUT', path, { done: `${name} is set.` });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if ((await set.run({ value })) === undefined) return;
    setName('');
    setValue('');
    setOpen(false);
  };
  if (!isOpen)
    return (
      <Group>
        <Button variant="default" size="xs" disabled={!may} onClick={() => setOpen(true)}>
          Set another name …
        </Button>
      </Group>
    );
  return (
    <form onSubmit={submit} autoComplete="off">
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Name"
          size="xs"
          required
          autoFocus
          className="mono"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Value"
          size="xs"
          required
          w={240}
          autoComplete="new-password"
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" loading={set.isBusy}>
          Set
        </Button>
        <Button variant="default" size="xs" onClick={() => setOpen(false)}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
