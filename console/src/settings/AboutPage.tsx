/** What this vault is and which version runs. */
import { Anchor, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { Mark } from '../app/Logo';
import { useMe } from '../identity/session';
import { exactTime } from '../shared/format';
import { Page, Panel } from '../shared/Page';
import { ErrorState } from '../shared/states';
import { useLocale } from '../shared/useLocale';
import classes from './settings.module.css';

export function AboutPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  const about = useQuery({ queryKey: ['about'], queryFn: api.about });
  return (
    <Page title={t('about.title')} subtitle={t('about.subtitle')}>
      {about.error && <ErrorState error={about.error} retry={() => void about.refetch()} />}
      {!about.error && !about.data && <Skeleton height={150} radius="lg" />}
      {about.data && (
        <Panel>
          <div className={classes.about}>
            <Mark size={64} />
            <dl className={classes.facts}>
              {(
                [
                  ['about.version', `${about.data.name} ${about.data.version}`],
                  ['about.organisation', me.organisation.name],
                  [
                    'about.you',
                    `${me.user.name} (${me.roles.map((role) => role.name).join(', ') || t('nav.no_role')})`,
                  ],
                  ...(me.session_expires_at
                    ? [['about.session', exactTime(me.session_expires_at, locale)] as const]
                    : []),
                  ...(about.data.demo ? [['about.mode', t('about.demo')] as const] : []),
                ] as [string, string][]
              ).map(([text, value]) => (
                <div key={text}>
                  <dt>{t(text)}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </div>
          <Text size="sm" mt="md">
            <Anchor href="/api/v1/openapi.json">{t('about.api')}</Anchor>
          </Text>
        </Panel>
      )}
    </Page>
  );
}
