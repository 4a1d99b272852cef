import '@mantine/core/styles.css';
import './console.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { ApiError, isSignedIn, pageNonce } from './api';
import { hashLocation } from './hash-location';
import { ConfirmProvider } from './parts/confirm';
import { NoticesProvider } from './parts/notices';
import { Shell } from './shell';
import { SignIn } from './sign-in';
import { theme, variables } from './theme';

const client = new QueryClient({
  defaultOptions: { queries: { retry: isWorthRetrying, staleTime: Infinity, refetchOnWindowFocus: false } },
});

/** Once, and not where the host knows why not. */
function isWorthRetrying(failures: number, error: Error): boolean {
  return failures < 1 && !(error instanceof ApiError && error.status < 500);
}

// The style by which an open dialog holds the page still gets its nonce from there (get-nonce).
Object.assign(globalThis, { __webpack_nonce__: pageNonce });

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => pageNonce}
    >
      <QueryClientProvider client={client}>
        <NoticesProvider>
          <ConfirmProvider>
            <Router hook={hashLocation}>{isSignedIn ? <Shell /> : <SignIn />}</Router>
          </ConfirmProvider>
        </NoticesProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
