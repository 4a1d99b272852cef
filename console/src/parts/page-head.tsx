import { Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';

interface PageHeadProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Actions, at the end of the line. */
  readonly children?: ReactNode;
}

/** The page's one h1: it names the browser's tab, and takes the focus when the page is opened. */
export function PageHead({ title, description, children }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever is busy in the page by now is not interrupted.
    if (document.activeElement?.closest('main') == null) heading.current?.focus();
    window.scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = `${title} · Gatehouse`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" mb="md" gap="sm">
      <Stack gap={2} miw={0}>
        <Title ref={heading} order={1} size="h3" tabIndex={-1} className="page-title">
          {title}
        </Title>
        {description !== undefined && (
          <Text size="sm" c="dimmed" component="div">
            {description}
          </Text>
        )}
      </Stack>
      {children !== undefined && <Group gap="xs">{children}</Group>}
    </Group>
  );
}
