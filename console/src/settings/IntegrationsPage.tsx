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

export function IntegrationsPage() {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Page title={t('integrations.title')} subtitle={t('integrations.subtitle')}>
      <div className={classes.sections}>
        <Providers />
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
  return (
    <Section
      title={t('sso.title')}
      text={t('integrations.providers')}
      to="/sign-in-providers"
      action={t('integrations.set_up_providers')}
    >
      {providers.error && <ErrorState error={providers.error} retry={() => void providers.refetch()} />}
      {providers.isPending && <LoadingRows rows={2} />}
      {providers.data?.items.length === 0 && (
        <Text size="sm" mt="xs">
          {t('integrations.none')}
        </Text>
      )}
      <ul className={classes.rows}>
        {providers.data?.items.map((provider) => (
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
      {provider.protocol !== 'none' && (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('integrations.test_named', { name: provider.name })}
          loading={test.isPending || test.isSuccess}
          onClick={() => test.mutate()}
        >
          {t('sso.test.action')}
        </Button>
      )}
    </li>
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
    </Section>
  );
}
