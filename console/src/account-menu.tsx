import {
  Button,
  Menu,
  SegmentedControl,
  Text,
  useMantineColorScheme,
  type MantineColorScheme,
} from '@mantine/core';
import { ask } from './api';
import { useNotices } from './parts/notices';
import { exactText } from './parts/time';
import { failureText } from './parts/failure';
import { useSession } from './session';

const SCHEMES = [
  { value: 'auto', label: 'Auto' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** Who is signed in and as what, how the console looks, and the way out. */
export function AccountMenu({ onKeys }: { readonly onKeys: () => void }) {
  const session = useSession();
  const { say } = useNotices();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = async () => {
    try {
      await ask('DELETE', '/session');
      location.reload();
    } catch (thrown) {
      // Whoever leaves a shared machine must know that they are still signed in.
      say('bad', `You are still signed in. ${failureText(thrown)}`);
    }
  };
  return (
    <Menu position="bottom-end" width={240} trapFocus>
      <Menu.Target>
        <Button variant="default" size="compact-sm" maw={180}>
          {session?.name ?? 'Account'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label="Account">
        {session !== undefined && (
          <Text size="xs" px="sm" py={6} component="div" className="breaks">
            Signed in as <b>{session.name}</b>
            {'\n'}
            May: {session.scopes.join(', ')}
            {'\n'}
            Until {exactText(session.expiresAt)}
          </Text>
        )}
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Colours"
          data={SCHEMES}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as MantineColorScheme)}
        />
        <Menu.Item onClick={onKeys}>Keys …</Menu.Item>
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
