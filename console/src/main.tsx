/**
 * Puts the console together: texts, theme with the page's style nonce, cache of answers, router.
 * It knows nothing of any room.
 */
// In a cascade layer, so that the console's own styles win whatever order chunks arrive in.
import '@mantine/core/styles.layer.css';
import './app/base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { watchActivity } from './api/activity';
import { whenSignedOut } from './api/client';
import { codeOf } from './api/problem';
import { router } from './app/router';
import { theme, variables } from './app/theme';
import { startTexts } from './i18n';
import { sessionKey } from './identity/session';
import { ToastProvider } from './shared/toast';

const passing = new Set(['unreachable', 'unavailable']);
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && passing.has(codeOf(error)),
    },
  },
});
watchActivity();
whenSignedOut(() => void client.resetQueries({ queryKey: sessionKey }));

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// The scroll lock behind dialogs makes a style element of its own.
setNonce(nonce);

await startTexts();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
