import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { IssuedUrl, UrlStatus } from '../../../../src/operator/urls-desk';
import { ask } from '../../api';
import { useAct } from '../../parts/act';
import { useConfirm } from '../../parts/confirm';
import { CopyButton } from '../../parts/copy';
import { failureText } from '../../parts/failure';
import { useNotices } from '../../parts/notices';
import { Time } from '../../parts/time';
import { useMay } from '../../session';

interface SignedUrlTokensProps {
  readonly id: string;
  readonly method: string;
  readonly signed: NonNullable<UrlStatus['signed']>;
}

/** Those who know the URL of an address that is signed may ask there: it is shown when asked for, changed and revoked. */
export function SignedUrlTokens({ id, method, signed }: SignedUrlTokensProps) {
  const may = useMay('secrets');
  const { say } = useNotices();
  const confirm = useConfirm();
  const [shown, setShown] = useState<string>();
  const path = `/plugins/${encodeURIComponent(id)}/urls`;
  const issue = useAct<IssuedUrl>('POST', path, {
    done: 'A further URL is issued; those before still hold.',
  });
  const revoke = useAct('DELETE', path, { done: 'Revoked.' });
  const show = async () => {
    try {
      const { urls } = await ask<{ readonly urls: readonly UrlStatus[] }>('GET', `${path}?show=true`);
      setShown(urls.find((one) => one.method === method && one.signed?.path === signed.path)?.url);
    } catch (thrown) {
      say('bad', failureText(thrown));
    }
  };
  const issueOne = async () => setShown((await issue.run({ path: signed.path }))?.url);
  const revokeOne = async (token: string) => {
    const isSure = await confirm(
      `Revoke ${token}?`,
      'Senders that use this URL are refused at once.',
      'Revoke',
    );
    if (!isSure) return;
    setShown(undefined);
    await revoke.run(
      undefined,
      `${path}/${encodeURIComponent(token)}?path=${encodeURIComponent(signed.path)}`,
    );
  };
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Button variant="default" size="compact-xs" disabled={!may} onClick={() => void show()}>
          Show URL with token
        </Button>
        <Button
          variant="default"
          size="compact-xs"
          disabled={!may}
          loading={issue.isBusy}
          onClick={() => void issueOne()}
        >
          Issue another
        </Button>
        {shown !== undefined && <CopyButton value={shown} label="URL" />}
      </Group>
      {shown !== undefined && <span className="mono breaks">{shown}</span>}
      <List size="xs">
        {signed.tokens.map(({ id: token, createdAt, notAfter }) => (
          <List.Item key={token}>
            <Text size="xs" component="span">
              Token <span className="mono">{token}</span>, issued <Time at={createdAt} />
              {notAfter !== undefined && (
                <>
                  , ends <Time at={notAfter} />
                </>
              )}{' '}
            </Text>
            <Button
              variant="subtle"
              color="red"
              size="compact-xs"
              disabled={!may}
              aria-label={`Revoke ${token}`}
              onClick={() => void revokeOne(token)}
            >
              Revoke
            </Button>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
