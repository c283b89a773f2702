/**
 * Every address of the console and the page that answers it, and the door before them.
 * It knows nothing of what pages show.
 */
import { Center, Loader } from '@mantine/core';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  useNavigate,
} from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { EffectDialogs } from '../access/EffectDialog';
import { ConversationPage } from '../conversations/ConversationPage';
import { ConversationsPage } from '../conversations/ConversationsPage';
import { ProveDialogs } from '../identity/ProveDialog';
import { Door } from '../identity/Door';
import { IdleWatch } from '../identity/IdleWatch';
import { OrganisationDefaults } from '../identity/OrganisationDefaults';
import { MeContext, useSession } from '../identity/session';
import { SignInPage } from '../identity/SignInPage';
import { endedIdle, noteIdleEnd } from '../api/activity';
import { codeOf } from '../api/problem';
import { ErrorState } from '../shared/states';
import { NotFoundPage } from './NotFoundPage';
import { parseSearch, stringifySearch } from './search';
import { Shell } from './Shell';

function Guard() {
  const { t } = useTranslation();
  const session = useSession();
  const navigate = useNavigate();
  const signedOut = session.error !== null && codeOf(session.error) === 'not_signed_in';
  useEffect(() => {
    // Read here and now: the place somebody wanted, not the one they are being sent to.
    const { pathname, href } = router.state.location;
    if (!signedOut || pathname === '/sign-in') return;
    const search: Search = {
      ...(pathname !== '/' && { next: href }),
      ...(endedIdle() && { problem: 'idle' }),
    };
    noteIdleEnd(false);
    void navigate({ to: '/sign-in', search, replace: true });
  }, [signedOut, navigate]);
  if (session.data)
    return (
      <MeContext value={session.data}>
        <OrganisationDefaults />
        <IdleWatch />
        <EffectDialogs />
        <ProveDialogs />
        <Shell />
      </MeContext>
    );
  if (session.error && !signedOut)
    return (
      <Door>
        <ErrorState error={session.error} retry={() => void session.refetch()} level={1} />
      </Door>
    );
  return (
    <Center h="100dvh">
      <Loader aria-label={t('state.loading')} />
    </Center>
  );
}

type Search = Record<string, string>;
const asSearch = (search: Record<string, unknown>): Search =>
  Object.fromEntries(Object.entries(search).map(([key, value]) => [key, String(value)]));

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: asSearch,
  component: SignInPage,
});
const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  component: lazyRouteComponent(() => import('../identity/WelcomePage'), 'WelcomePage'),
});
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Guard });
const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/conversations', replace: true });
  },
});
const conversations = createRoute({
  getParentRoute: () => inside,
  path: '/conversations',
  validateSearch: asSearch,
  component: ConversationsPage,
});
const conversation = createRoute({
  getParentRoute: () => inside,
  path: '/conversations/$id',
  validateSearch: asSearch,
  component: ConversationPage,
});
const quarantine = createRoute({
  getParentRoute: () => inside,
  path: '/quarantine',
  component: lazyRouteComponent(() => import('../recordings/QuarantinePage'), 'QuarantinePage'),
});
const users = createRoute({
  getParentRoute: () => inside,
  path: '/users',
  validateSearch: asSearch,
  component: lazyRouteComponent(() => import('../access/UsersPage'), 'UsersPage'),
});
const user = createRoute({
  getParentRoute: () => inside,
  path: '/users/$id',
  component: lazyRouteComponent(() => import('../access/UserPage'), 'UserPage'),
});
const groups = createRoute({
  getParentRoute: () => inside,
  path: '/groups',
  component: lazyRouteComponent(() => import('../access/GroupsPage'), 'GroupsPage'),
});
const group = createRoute({
  getParentRoute: () => inside,
  path: '/groups/$id',
  component: lazyRouteComponent(() => import('../access/GroupPage'), 'GroupPage'),
});
const roles = createRoute({
  getParentRoute: () => inside,
  path: '/roles',
  component: lazyRouteComponent(() => import('../access/RolesPage'), 'RolesPage'),
});
const role = createRoute({
  getParentRoute: () => inside,
  path: '/roles/$id',
  component: lazyRouteComponent(() => import('../access/RolePage'), 'RolePage'),
});
const accessGroups = createRoute({
  getParentRoute: () => inside,
  path: '/access-groups',
  component: lazyRouteComponent(() => import('../access/AccessGroupsPage'), 'AccessGroupsPage'),
});
const newAccessGroup = createRoute({
  getParentRoute: () => inside,
  path: '/access-groups/new',
  component: lazyRouteComponent(() => import('../access/AccessGroupPage'), 'NewAccessGroupPage'),
});
const accessGroup = createRoute({
  getParentRoute: () => inside,
  path: '/access-groups/$id',
  component: lazyRouteComponent(() => import('../access/AccessGroupPage'), 'AccessGroupPage'),
});
const accessTests = createRoute({
  getParentRoute: () => inside,
  path: '/access-tests',
  component: lazyRouteComponent(() => import('../access/AccessTestsPage'), 'AccessTestsPage'),
});
const ledger = createRoute({
  getParentRoute: () => inside,
  path: '/ledger',
  validateSearch: asSearch,
  component: lazyRouteComponent(() => import('../audit/LedgerPage'), 'LedgerPage'),
});
const jobs = createRoute({
  getParentRoute: () => inside,
  path: '/jobs',
  component: lazyRouteComponent(() => import('../jobs/JobsPage'), 'JobsPage'),
});
const apiKeys = createRoute({
  getParentRoute: () => inside,
  path: '/api-keys',
  component: lazyRouteComponent(() => import('../settings/ApiKeysPage'), 'ApiKeysPage'),
});
const providers = createRoute({
  getParentRoute: () => inside,
  path: '/sign-in-providers',
  component: lazyRouteComponent(() => import('../identity/providers/ProvidersPage'), 'ProvidersPage'),
});
const newProvider = createRoute({
  getParentRoute: () => inside,
  path: '/sign-in-providers/new',
  component: lazyRouteComponent(() => import('../identity/providers/ProviderPage'), 'NewProviderPage'),
});
const provider = createRoute({
  getParentRoute: () => inside,
  path: '/sign-in-providers/$id',
  validateSearch: asSearch,
  component: lazyRouteComponent(() => import('../identity/providers/ProviderPage'), 'ProviderPage'),
});
const integrations = createRoute({
  getParentRoute: () => inside,
  path: '/integrations',
  component: lazyRouteComponent(() => import('../settings/IntegrationsPage'), 'IntegrationsPage'),
});
const directories = createRoute({
  getParentRoute: () => inside,
  path: '/directories',
  component: lazyRouteComponent(() => import('../settings/DirectoriesPage'), 'DirectoriesPage'),
});
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('../settings/SettingsPage'), 'SettingsPage'),
});
const account = createRoute({
  getParentRoute: () => inside,
  path: '/account',
  component: lazyRouteComponent(() => import('../identity/AccountPage'), 'AccountPage'),
});
const about = createRoute({
  getParentRoute: () => inside,
  path: '/about',
  component: lazyRouteComponent(() => import('../settings/AboutPage'), 'AboutPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    welcome,
    inside.addChildren([
      home,
      conversations,
      conversation,
      quarantine,
      users,
      user,
      groups,
      group,
      roles,
      role,
      accessGroups,
      newAccessGroup,
      accessGroup,
      accessTests,
      ledger,
      jobs,
      apiKeys,
      providers,
      newProvider,
      provider,
      integrations,
      directories,
      settings,
      account,
      about,
    ]),
  ]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
