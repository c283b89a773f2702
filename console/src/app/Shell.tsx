/**
 * The frame around every page for somebody signed in: navigation by what that person may do, and preferences.
 * It knows the rooms by name and nothing of what is in them.
 */
import { Anchor, AppShell, Burger, Divider, Popover, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure, useHotkeys, useMediaQuery } from '@mantine/hooks';
import {
  IconAddressBook,
  IconAdjustments,
  IconChecklist,
  IconDoorEnter,
  IconEyeCog,
  IconFileShredder,
  IconGridDots,
  IconInfoCircle,
  IconKey,
  IconListSearch,
  IconLogout,
  IconPlugConnected,
  IconSelector,
  IconShieldCheck,
  IconStack2,
  IconUserShield,
  IconUsers,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { useMay, useMe } from '../identity/session';
import { useToast } from '../shared/toast';
import { Logo } from './Logo';
import { LanguagePicker, SchemePicker, ZonePicker } from './Preferences';
import classes from './Shell.module.css';

interface Entry {
  to: string;
  text: string;
  icon: TablerIcon;
  needs?: string;
  /** Or this one. */
  or?: string;
  /** What it needs is needed without limit. */
  everywhere?: boolean;
}
const sections: { text: string | null; entries: Entry[] }[] = [
  {
    text: null,
    entries: [
      { to: '/conversations', text: 'nav.conversations', icon: IconListSearch },
      { to: '/quarantine', text: 'nav.quarantine', icon: IconFileShredder, needs: 'quarantine.manage' },
      { to: '/jobs', text: 'nav.jobs', icon: IconStack2, needs: 'conversations.edit', everywhere: true },
    ],
  },
  {
    text: 'nav.people',
    entries: [
      { to: '/users', text: 'nav.users', icon: IconUsers, needs: 'users.manage' },
      { to: '/groups', text: 'nav.groups', icon: IconUsersGroup, needs: 'users.manage' },
      { to: '/roles', text: 'nav.roles', icon: IconGridDots },
      {
        to: '/access-groups',
        text: 'nav.access_groups',
        icon: IconEyeCog,
        needs: 'access_groups.manage',
      },
      {
        to: '/access-tests',
        text: 'nav.access_tests',
        icon: IconChecklist,
        needs: 'access_groups.manage',
        or: 'access.explain',
      },
    ],
  },
  {
    text: 'nav.trust',
    entries: [
      { to: '/ledger', text: 'nav.ledger', icon: IconShieldCheck, needs: 'audit.view' },
      { to: '/api-keys', text: 'nav.api_keys', icon: IconKey, needs: 'api_keys.manage' },
      {
        to: '/sign-in-providers',
        text: 'nav.sign_in_providers',
        icon: IconDoorEnter,
        needs: 'security_settings.manage',
      },
      {
        to: '/directories',
        text: 'nav.directories',
        icon: IconAddressBook,
        needs: 'security_settings.manage',
      },
      {
        to: '/integrations',
        text: 'nav.integrations',
        icon: IconPlugConnected,
        needs: 'security_settings.manage',
      },
      { to: '/settings', text: 'nav.settings', icon: IconAdjustments, needs: 'security_settings.manage' },
      { to: '/about', text: 'nav.about', icon: IconInfoCircle },
    ],
  },
];

export function Shell() {
  const { t } = useTranslation();
  const may = useMay();
  const me = useMe();
  const allowed = ({ needs, or, everywhere }: Entry) =>
    !needs || (everywhere ? me.permissions[needs] === 'all' : may(needs)) || (or !== undefined && may(or));
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(close, [path, close]);
  // A drawer that is shut must not be reached by the keyboard, nor what an open one covers.
  const narrow = useMediaQuery('(max-width: 61.99em)');
  useHotkeys([['Escape', close]]);

  return (
    <AppShell
      padding={0}
      header={{ height: { base: 54, md: 0 } }}
      navbar={{ width: 224, breakpoint: 'md', collapsed: { mobile: !opened } }}
      classNames={{ navbar: classes.navbar, header: classes.header, main: classes.main }}
    >
      <Anchor href="#main" className={classes.skip}>
        {t('nav.skip')}
      </Anchor>
      <AppShell.Header hiddenFrom="md">
        <Burger
          opened={opened}
          onClick={toggle}
          size="sm"
          aria-label={t(opened ? 'nav.close' : 'nav.open')}
        />
        <Link to="/conversations" className={classes.home}>
          <Logo size={24} />
        </Link>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t('nav.label')} inert={narrow === true && !opened}>
        <Link to="/conversations" className={`${classes.home} ${classes.brand}`}>
          <Logo />
        </Link>
        <div className={classes.sections}>
          {sections.map((section) => (
            <div key={section.text ?? 'top'}>
              {section.text && <p className={classes.heading}>{t(section.text)}</p>}
              <ul className={classes.list}>
                {section.entries.filter(allowed).map((entry) => (
                  <li key={entry.to}>
                    <Link to={entry.to} className={classes.link} activeProps={{ 'aria-current': 'page' }}>
                      <entry.icon size={18} stroke={1.7} aria-hidden />
                      {t(entry.text)}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </div>
        <Account />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} inert={narrow === true && opened}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Account() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const leave = useMutation({
    mutationFn: async () => {
      // Signing out here must not fail because the provider can't be reached.
      const there = await api.session.signOutThere().catch(() => null);
      await api.session.signOut();
      return there;
    },
    onSuccess: async (there) => {
      if (there !== null) return window.location.assign(there);
      await navigate({ to: '/sign-in', replace: true, ignoreBlocker: true });
      client.clear();
    },
    onError: toast.failed,
  });
  const [opened, setOpened] = useState(false);
  const initials = me.user.name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join('');
  return (
    <Popover position="top-start" width={264} withinPortal trapFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <UnstyledButton className={classes.account} onClick={() => setOpened((was) => !was)}>
          <span className={classes.avatar} aria-hidden="true">
            {initials}
          </span>
          <span className={classes.who}>
            <span className={classes.name}>{me.user.name}</span>
            <span className={classes.role}>{me.organisation.name}</span>
          </span>
          <IconSelector size={16} aria-hidden className={classes.chevron} />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('nav.account')}>
        <Text size="sm" fw={600}>
          {me.user.name}
        </Text>
        <Text size="xs" c="dimmed" className={classes.email}>
          {me.user.email}
        </Text>
        <Text size="xs" c="dimmed" mt={4}>
          {me.roles.map((role) => role.name).join(', ') || t('nav.no_role')}
        </Text>
        <Divider my="sm" />
        <div className={classes.preferences}>
          <SchemePicker />
          <LanguagePicker />
          <ZonePicker />
        </div>
        <Divider my="sm" />
        <Link to="/account" className={classes.link} onClick={() => setOpened(false)}>
          <IconUserShield size={18} stroke={1.7} aria-hidden />
          {t('nav.my_account')}
        </Link>
        <UnstyledButton className={classes.link} onClick={() => leave.mutate()}>
          <IconLogout size={18} stroke={1.7} aria-hidden />
          {t('nav.sign_out')}
        </UnstyledButton>
      </Popover.Dropdown>
    </Popover>
  );
}
