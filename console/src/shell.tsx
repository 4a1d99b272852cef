import { AppShell, Badge, Burger, Group, Loader, NavLink, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { AccountMenu } from './account-menu';
import { useLiveUpdates } from './live';
import { pages } from './pages';
import { Empty } from './parts/empty';
import { PageBoundary } from './parts/page-boundary';
import { PageHead } from './parts/page-head';
import { Shortcuts } from './shortcuts';

const GROUPS = ['Watch', 'Act', 'Host'] as const;

/** Navigation around the page that is open. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [areKeysShown, keys] = useDisclosure(false);
  const [location] = useLocation();
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'md' }}
    >
      <button type="button" className="skip" onClick={skip}>
        Skip to the page
      </button>
      <AppShell.Header>
        <Group h="100%" px={{ base: 'sm', sm: 'md' }} justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Text fw={700}>Gatehouse</Text>
            <LiveBadge />
          </Group>
          <AccountMenu onKeys={keys.open} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <ScrollArea type="auto">
          <Navigation onNavigate={close} />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} className="page">
        <PageBoundary at={location}>
          <Suspense fallback={<Loader size="sm" role="status" aria-label="Loading" />}>
            <OpenPage />
          </Suspense>
        </PageBoundary>
      </AppShell.Main>
      <Shortcuts isShown={areKeysShown} onShow={keys.open} onClose={keys.close} />
    </AppShell>
  );
}

function OpenPage() {
  return (
    <Switch>
      {pages.map(({ path, page: Page }) => (
        <Route key={path} path={path}>
          <Page />
        </Route>
      ))}
      <Route>
        <PageHead title="No such page" />
        <Empty title="Nothing is here.">The address may be of an older console.</Empty>
      </Route>
    </Switch>
  );
}

function LiveBadge() {
  const isLive = useLiveUpdates();
  return (
    <Badge
      size="sm"
      variant="dot"
      tt="none"
      fw={500}
      flex="none"
      color={isLive ? 'teal' : 'orange'}
      title={isLive ? 'What is shown changes as the host does.' : 'What is shown may be old.'}
    >
      {isLive ? 'live' : 'connecting'}
    </Badge>
  );
}

function Navigation({ onNavigate }: { readonly onNavigate: () => void }) {
  const [location] = useLocation();
  return GROUPS.map((group) => (
    <div key={group}>
      <Text size="xs" c="dimmed" px="sm" pt="sm" pb={2}>
        {group}
      </Text>
      {pages
        .filter((page) => page.group === group)
        .map(({ path, title }) => (
          <NavLink
            key={path}
            component={Link}
            href={path}
            label={title}
            py={5}
            {...(isAt(location, path) && { active: true, 'aria-current': 'page' as const })}
            onClick={onNavigate}
          />
        ))}
    </div>
  ));
}

function isAt(location: string, path: string): boolean {
  return location === path || (path !== '/' && location.startsWith(`${path}/`));
}

/** The address is the router's, so that a link to a place within the page cannot be one. */
function skip(): void {
  document.getElementById('page')?.focus();
}
