import { Button, Stack, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Failure } from './failure';

interface PageBoundaryProps {
  /** The address: another one is another try. */
  readonly at: string;
  readonly children: ReactNode;
}
interface PageBoundaryState {
  readonly at: string;
  /** Undefined while nothing is broken. */
  readonly broken?: { readonly error: unknown } | undefined;
}

/** Around one page: what it throws takes down no other. */
export class PageBoundary extends Component<PageBoundaryProps, PageBoundaryState> {
  override state: PageBoundaryState = { at: this.props.at };

  static getDerivedStateFromError(error: unknown): Partial<PageBoundaryState> {
    return { broken: { error } };
  }

  static getDerivedStateFromProps(
    { at }: PageBoundaryProps,
    state: PageBoundaryState,
  ): PageBoundaryState | null {
    return at === state.at ? null : { at, broken: undefined };
  }

  override render() {
    const { broken } = this.state;
    if (broken === undefined) return this.props.children;
    return (
      <Stack align="flex-start">
        <Title order={1} size="h3">
          This page failed
        </Title>
        <Failure error={broken.error} />
        {/* A console that was replaced while it was open has other files now. */}
        <Button variant="default" size="xs" onClick={() => location.reload()}>
          Load the console again
        </Button>
      </Stack>
    );
  }
}
