/** Renders a piece of the console as it stands in the page: theme, texts, cache, and a person signed in. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import type { Me } from '../api/client';
import { parseSearch, stringifySearch } from '../app/search';
import { startTexts } from '../i18n';
import { MeContext } from '../identity/session';
import { ToastProvider } from '../shared/toast';

export function person(permissions: Me['permissions'] = {}): Me {
  return {
    user: { id: 'u1', email: 'ada@example.org', name: 'Ada Winter' },
    organisation: {
      id: 'o1',
      name: 'Brightwater',
      slug: 'brightwater',
      language: 'own',
      time_zone: 'own',
      api_authentication: 'key',
    },
    roles: [{ key: 'admin', name: 'Admin', limit: 'none', groups: [] }],
    permissions,
    session_expires_at: '2026-11-21T18:00:00Z',
    session_idle_ends_at: null,
  };
}

/** Answers every request to the server: a body by method and path, or a problem with its status. */
export function serve(answers: Record<string, unknown>) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    const url = new URL(request.url);
    asked.push(`${request.method} ${url.pathname}${url.search}`);
    const answer = answers[`${request.method} ${url.pathname}`];
    if (answer instanceof Error) return Promise.reject(answer);
    const status =
      answer === undefined ? 404 : ((answer as { status?: unknown }).status as number | string | undefined);
    const code = typeof status === 'number' ? status : 200;
    const body = answer ?? {
      type: 'about:blank',
      title: 'not found',
      status: 404,
      detail: 'not found',
      code: 'not_found',
    };
    return Promise.resolve(
      new Response(JSON.stringify(body), { status: code, headers: { 'Content-Type': 'application/json' } }),
    );
  });
  return asked;
}

export async function show(piece: ReactNode, { me = person(), at = '/conversations' } = {}) {
  await startTexts('en');
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({ getParentRoute: () => root, path: '$', component: () => piece });
  const router = createRouter({
    routeTree: root.addChildren([page]),
    history: createMemoryHistory({ initialEntries: [at] }),
    parseSearch,
    stringifySearch,
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const shown = render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <ToastProvider>
          <MeContext value={me}>
            <RouterProvider router={router as never} />
          </MeContext>
        </ToastProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...shown, router };
}
