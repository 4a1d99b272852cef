import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { ask } from './api';
import { failureText } from './parts/failure';

/** The way in: a token for a cookie that no script can read. */
export function SignIn() {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await ask('POST', '/session', { token });
      location.reload();
    } catch (thrown) {
      setProblem(failureText(thrown));
      setBusy(false);
    }
  };
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" w="100%" maw={26 * 16}>
        <form onSubmit={signIn}>
          <Stack>
            <Title order={1} size="h3">
              Gatehouse
            </Title>
            <PasswordInput
              label="Token"
              description="Of the operator, or one of your own."
              autoFocus
              required
              withAsterisk={false}
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
            />
            {problem !== '' && (
              <Alert color="red" role="alert">
                {problem}
              </Alert>
            )}
            <Button type="submit" loading={isBusy}>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              The operator’s token stands in the file <code>operator-token</code> of the data folder.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
