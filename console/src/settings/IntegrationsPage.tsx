/**
 * Everything of other programs that this vault works with: what state it is in, and where it is set up and tried out.
 * It sets nothing up itself.
 */
import { Anchor, Button, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type IdentityProvider } from '../api/client';
import { ProviderState, providersKey } from '../identity/providers/ProvidersPage';
import { useMay } from '../identity/session';
import { ago } from '../shared/format';
import { Page, Panel } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import classes from './Integrations.module.css';
import { KeyTest } from './KeyTest';
import { MessageTest } from './MessageTest';
import { settingsKey } from './queries';

export function IntegrationsPage() {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Page title={t('integrations.title')} subtitle={t('integrations.subtitle')}>
      <div className={classes.sections}>
        <Providers />
        <Directories />
        <Messages />
        {may('api_keys.manage') && <Keys />}
      </div>
    </Page>
  );
}

interface SectionProps {
  title: string;
  text: string;
  to: string;
  action: string;
  children: ReactNode;
}

function Section({ title, text, to, action, children }: SectionProps) {
  return (
    <Panel
      title={title}
      actions={
        <Button component={Link} to={to} variant="default" size="compact-sm">
          {action}
        </Button>
      }
    >
      <Text size="sm" c="dimmed">
        {text}
      </Text>
      {children}
    </Panel>
  );
}

function Providers() {
  const { t } = useTranslation();
  const providers = useQuery({ queryKey: providersKey, queryFn: api.providers.list });
  const items = providers.data?.items.filter(({ protocol }) => protocol !== 'none');
  return (
    <Section
      title={t('sso.title')}
      text={t('integrations.providers')}
      to="/sign-in-providers"
      action={t('integrations.set_up_providers')}
    >
      {providers.error && <ErrorState error={providers.error} retry={() => void providers.refetch()} />}
      {providers.isPending && <LoadingRows rows={2} />}
      {items?.length === 0 && (
        <Text size="sm" mt="xs">
          {t('integrations.none')}
        </Text>
      )}
      <ul className={classes.rows}>
        {items?.map((provider) => (
          <Provider key={provider.id} provider={provider} />
        ))}
      </ul>
    </Section>
  );
}

function Provider({ provider }: { provider: IdentityProvider }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const toast = useToast();
  const test = useMutation({
    mutationFn: () => api.providers.test(provider.id),
    onSuccess: (address) => window.location.assign(address),
    onError: toast.failed,
  });
  return (
    <li>
      <span className={classes.what}>
        <Anchor component={Link} to={`/sign-in-providers/${provider.id}`} size="sm">
          {provider.name}
        </Anchor>
        <ProviderState state={provider.state} />
        <Text span size="sm" c="dimmed">
          {provider.tested_at
            ? t('sso.tested_when', { when: ago(provider.tested_at, locale, new Date()) })
            : t('sso.untested')}
        </Text>
      </span>
      <Button
        variant="default"
        size="compact-sm"
        aria-label={t('integrations.test_named', { name: provider.name })}
        loading={test.isPending || test.isSuccess}
        onClick={() => test.mutate()}
      >
        {t('sso.test.action')}
      </Button>
    </li>
  );
}

function Directories() {
  const { t } = useTranslation();
  return (
    <Section
      title={t('directories.title')}
      text={t('integrations.directories')}
      to="/directories"
      action={t('integrations.set_up_directories')}
    >
      <KeyTest kind="token" />
    </Section>
  );
}

/** The servers by which mails and text messages go out, if there are any. */
function Messages() {
  const { t } = useTranslation();
  const settings = useQuery({ queryKey: [...settingsKey, 'organisation'], queryFn: api.settings.get });
  const isSet = (key: string) =>
    settings.data?.sections.some((section) =>
      section.settings.some((setting) => setting.key === key && setting.value !== ''),
    ) ?? false;
  return (
    <>
      {(['mail', 'sms'] as const).map((kind) => (
        <Section
          key={kind}
          title={t(`integrations.${kind}.title`)}
          text={t(`integrations.${kind}.text`)}
          to="/settings"
          action={t('integrations.set_up_messages')}
        >
          {settings.error && <ErrorState error={settings.error} retry={() => void settings.refetch()} />}
          {settings.isPending ? (
            <LoadingRows rows={1} />
          ) : (
            <MessageTest flush kind={kind} ready={isSet(kind === 'mail' ? 'mail_host' : 'sms_url')} />
          )}
        </Section>
      ))}
    </>
  );
}

function Keys() {
  const { t } = useTranslation();
  const keys = useQuery({ queryKey: ['api-keys'], queryFn: api.apiKeys.list });
  return (
    <Section
      title={t('keys_page.title')}
      text={t('integrations.keys')}
      to="/api-keys"
      action={t('integrations.set_up_keys')}
    >
      {keys.error && <ErrorState error={keys.error} retry={() => void keys.refetch()} />}
      {keys.isPending && <LoadingRows rows={1} />}
      {keys.data && (
        <Text size="sm" mt="xs">
          {keys.data.items.length === 0
            ? t('integrations.none')
            : t('integrations.keys_open', { count: keys.data.items.length })}
        </Text>
      )}
      <KeyTest kind="key" />
    </Section>
  );
}
