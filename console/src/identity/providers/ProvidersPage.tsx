/** The providers through which people sign in. One has a page of its own. */
import { Anchor, Button } from '@mantine/core';
import { IconDoorEnter, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type IdentityProvider } from '../../api/client';
import { ago } from '../../shared/format';
import { List } from '../../shared/List';
import { Page } from '../../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../../shared/states';
import { useLocale } from '../../shared/useLocale';
import classes from './providers.module.css';

export const providersKey = ['identity-providers'] as const;

export function ProviderState({ state }: { state: IdentityProvider['state'] }) {
  const { t } = useTranslation();
  return (
    <span className={classes.state} data-on={state === 'on' || undefined}>
      {t(`sso.state.${state}`)}
    </span>
  );
}

export function ProvidersPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const providers = useQuery({ queryKey: providersKey, queryFn: api.providers.list });
  const now = new Date();
  // A directory that brings users and lets nobody in stands on its own page.
  const items = providers.data?.items.filter(({ protocol }) => protocol !== 'none');
  const add = (
    <Button component={Link} to="/sign-in-providers/new" leftSection={<IconPlus size={17} aria-hidden />}>
      {t('sso.add')}
    </Button>
  );
  return (
    <Page title={t('sso.title')} subtitle={t('sso.subtitle')} actions={providers.data && add}>
      {providers.error && <ErrorState error={providers.error} retry={() => void providers.refetch()} />}
      {providers.isPending && <LoadingRows rows={3} />}
      {items?.length === 0 && (
        <EmptyState icon={IconDoorEnter} title={t('sso.empty.title')} text={t('sso.empty.text')} />
      )}
      {items && items.length > 0 && (
        <List
          caption={t('sso.title')}
          items={items}
          keyOf={(provider) => provider.id}
          columns={[
            {
              title: t('sso.name'),
              cell: (provider) => (
                <>
                  <Anchor component={Link} to={`/sign-in-providers/${provider.id}`} inherit>
                    {provider.name}
                  </Anchor>
                  {provider.certificates.some((certificate) => certificate.ends_soon) && (
                    <span className={classes.warning}>{t('sso.saml.ends_soon')}</span>
                  )}
                </>
              ),
            },
            { title: t('sso.protocol'), cell: ({ protocol }) => t(`sso.protocols.${protocol}`) },
            { title: t('sso.domains'), cell: ({ domains }) => domains.join(', ') || '–' },
            {
              title: t('sso.tested'),
              cell: ({ tested_at: tested }) => (tested ? ago(tested, locale, now) : t('sso.untested')),
            },
            { title: t('sso.state.title'), cell: ({ state }) => <ProviderState state={state} /> },
          ]}
        />
      )}
    </Page>
  );
}
