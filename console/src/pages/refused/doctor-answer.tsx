import { Alert, Anchor, Badge, Button, Group, List, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Diagnosis, NearMiss, NearMissKind } from '../../../../src/core/ports/doctor';

/** In which way it differs, in a word or two. */
const KIND_WORDS: Readonly<Record<NearMissKind, string>> = {
  secret: 'another secret',
  'secret-form': 'the secret’s form',
  clock: 'the clock',
  'time-unit': 'the unit of time',
  body: 'the body',
  scheme: 'the scheme',
  prefix: 'a prefix',
  encoding: 'the encoding',
  hash: 'the hash',
  header: 'a header',
  address: 'the address',
  'set-up': 'the set-up',
  nothing: 'nothing: it passes now',
};

/** What was wrong, which near miss would have passed, and what to do about it. */
export function DoctorAnswer({ diagnosis }: { readonly diagnosis: Diagnosis }) {
  const { summary, wouldPass, seen, next, tried, isComplete, plugin } = diagnosis;
  return (
    <Stack gap="sm">
      <Text className="breaks" fw={600}>
        {summary}
      </Text>
      {wouldPass.length === 0 ? (
        <Alert variant="default" title="Nothing near would have passed">
          {tried === 0 ? 'There was nothing to try.' : 'Changing one thing or two does not let it in.'}
        </Alert>
      ) : (
        wouldPass.map((miss, index) => <Miss key={index} miss={miss} />)
      )}
      {next.length > 0 && (
        <>
          <Text fw={600} size="sm">
            What to do
          </Text>
          <List size="sm" type="ordered" className="breaks">
            {next.map((step, index) => (
              <List.Item key={index}>{step}</List.Item>
            ))}
          </List>
        </>
      )}
      <Group gap="xs">
        <Button component={Link} href={`/plugins/${plugin}/secrets`} size="xs">
          Secrets of {plugin}
        </Button>
      </Group>
      {seen.length > 0 && (
        <>
          <Text fw={600} size="sm">
            What is odd about it
          </Text>
          <List size="sm" className="breaks">
            {seen.map((line, index) => (
              <List.Item key={index}>{line}</List.Item>
            ))}
          </List>
        </>
      )}
      {tried > 0 && (
        <Text size="xs" c="dimmed">
          {effort(tried)}
          {isComplete ? '.' : ', not all there are: it took too long.'}
        </Text>
      )}
    </Stack>
  );
}

function Miss({ miss }: { readonly miss: NearMiss }) {
  const { kinds, what, next, scheme, secret } = miss;
  return (
    <Alert variant="outline" color="teal" title="It would have passed, if">
      <Stack gap={6}>
        <Text size="sm" className="breaks">
          {what}
        </Text>
        <Text size="sm" className="breaks">
          <strong>Next:</strong> {next}
        </Text>
        <Group gap={6}>
          {kinds.map((kind) => (
            <Badge key={kind} variant="default" tt="none" fw={500}>
              {KIND_WORDS[kind]}
            </Badge>
          ))}
          <Text size="xs" span>
            scheme {scheme}
            {secret !== undefined && (
              <>
                , secret{' '}
                <Anchor component={Link} size="xs" href={`/plugins/${secret.plugin}/secrets`}>
                  {secret.plugin} {secret.name}
                </Anchor>{' '}
                <span className="mono">{secret.id}</span>
              </>
            )}
          </Text>
        </Group>
      </Stack>
    </Alert>
  );
}

function effort(tried: number): string {
  return `${tried.toLocaleString('en')} ${tried === 1 ? 'try' : 'tries'}`;
}
