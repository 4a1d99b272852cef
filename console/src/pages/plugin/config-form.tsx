import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { ConfigIssue } from '../../../../src/core/ports/plugin-config';
import type { ConfigChange, ConfigReport } from '../../../../src/operator/config-desk';
import { ApiError } from '../../api';
import { useAct } from '../../parts/act';
import { Empty } from '../../parts/empty';
import { Failure } from '../../parts/failure';
import { useMay } from '../../session';
import { ConfigFieldView } from './config-field';
import { draftKey, fieldsOf, type ConfigField, type Drafts } from './config-fields';
import { valuesToStore } from './config-values';

interface ConfigFormProps {
  readonly path: string;
  readonly latest: ConfigReport;
}

const NOTHING: Drafts = new Map();

/** A form of what the schema says. What is written stays while the host's values change underneath, until it is saved. */
export function ConfigForm({ path, latest }: ConfigFormProps) {
  const may = useMay('plugins');
  const [base, setBase] = useState(latest);
  const [drafts, setDrafts] = useState<Drafts>(NOTHING);
  const save = useAct<ConfigChange>('PUT', path, { isQuiet: true });
  if (drafts.size === 0 && base !== latest) setBase(latest);
  const fields = fieldsOf(base);
  const { issues, homeless } = issuesOf(save.error, fields);
  const write = (field: ConfigField, text: string | undefined) =>
    setDrafts((before) => new Map(before).set(draftKey(field.path), text));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const values = valuesToStore(fields, drafts);
    if ((await save.run({ values, revision: base.revision })) !== undefined) setDrafts(NOTHING);
  };
  const discard = () => {
    setDrafts(NOTHING);
    save.reset();
  };
  if (fields.length === 0)
    return (
      <Empty title="Its schema does not say which fields there are.">Set them in the settings file.</Empty>
    );
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack gap="sm" maw={640}>
        {drafts.size > 0 && base.revision !== latest.revision && (
          <Alert color="yellow" variant="outline">
            Somebody else changed these values meanwhile. Discard yours to see them.
          </Alert>
        )}
        {fields.map((field) => (
          <ConfigFieldView
            key={draftKey(field.path)}
            field={field}
            drafts={drafts}
            issues={issues}
            onWrite={write}
          />
        ))}
        <Outcome error={save.error} change={save.answer} issueCount={issues.size} homeless={homeless} />
        <Group gap="xs">
          <Button type="submit" size="xs" disabled={!may || drafts.size === 0} loading={save.isBusy}>
            Save and reload
          </Button>
          <Button variant="default" size="xs" disabled={drafts.size === 0} onClick={discard}>
            Discard changes
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface OutcomeProps {
  readonly error: unknown;
  readonly change: ConfigChange | undefined;
  readonly issueCount: number;
  readonly homeless: readonly string[];
}

/** What came of saving. */
function Outcome({ error, change, issueCount, homeless }: OutcomeProps) {
  if (error !== undefined && issueCount === 0 && homeless.length === 0) return <Failure error={error} />;
  if (error !== undefined)
    return (
      <Alert color="red" variant="outline" role="alert" title="Nothing was saved: not all is as wanted.">
        {homeless.map((text) => (
          <Text key={text} size="sm">
            {text}
          </Text>
        ))}
      </Alert>
    );
  if (change === undefined) return undefined;
  const [isGood, text] = outcomeOf(change);
  return (
    <Alert color={isGood ? 'teal' : 'red'} variant="outline" role="status">
      <Text size="sm" className="breaks">
        {text}
      </Text>
    </Alert>
  );
}

function outcomeOf({
  taken,
  transition,
  notReloaded,
}: ConfigChange): readonly [isGood: boolean, text: string] {
  if (taken) return [true, 'Saved. The plugin has the new values, without a reload.'];
  if (notReloaded !== undefined) return [false, `Saved, but not loaded yet: ${notReloaded.message}`];
  const { ok = true, generation = 0, failure } = transition ?? {};
  if (ok) return [true, `Saved. Generation ${generation} serves with the new values.`];
  const serves =
    generation > 0 ? `Generation ${generation} serves on with the values it has.` : 'It does not serve.';
  return [
    false,
    `Saved, but the plugin does not start with these values. ${serves}\n${failure?.message ?? ''}`,
  ];
}

/** Each issue at its field, or at the nearest around it; those of no field for above. */
function issuesOf(error: unknown, fields: readonly ConfigField[]) {
  const issues = new Map<string, string>();
  const homeless: string[] = [];
  const detail = error instanceof ApiError ? error.problem.detail : undefined;
  const known = new Set(keysOf(fields));
  for (const { loc, msg } of Array.isArray(detail) ? (detail as readonly ConfigIssue[]) : []) {
    const path = loc.slice(2).map(String);
    const at = path
      .map((_, index) => draftKey(path.slice(0, path.length - index)))
      .find((key) => known.has(key));
    if (at === undefined) homeless.push([path.join('.'), msg].filter((part) => part !== '').join(': '));
    else issues.set(at, msg);
  }
  return { issues, homeless };
}

function keysOf(fields: readonly ConfigField[]): readonly string[] {
  return fields.flatMap(({ path, inner }) => [draftKey(path), ...keysOf(inner)]);
}
