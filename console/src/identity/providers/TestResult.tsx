/**
 * What a test of a sign-in found: whether somebody would have come in, as whom, with what, and all that the provider
 * said. Nobody was signed in by it.
 */
import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type IdentityProvider, type ProviderFinding } from '../../api/client';
import { codeOf } from '../../api/problem';
import { capital } from '../../shared/format';
import { Panel } from '../../shared/Page';
import { LoadingRows } from '../../shared/states';
import { messageOf } from '../../shared/toast';
import { draftOf } from './draft';
import { useGivesText } from './MappingFields';
import classes from './providers.module.css';

export function TestResult({ provider }: { provider: IdentityProvider }) {
  const { t } = useTranslation();
  const finding = useQuery({
    queryKey: ['identity-provider', provider.id, 'test'],
    queryFn: () => api.providers.finding(provider.id),
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <div className={classes.finding}>
      <Panel title={t('sso.test.title')}>
        {finding.isPending && <LoadingRows rows={3} />}
        {finding.error && (
          <Text size="sm">
            {codeOf(finding.error) === 'not_found' ? t('sso.test.over') : messageOf(finding.error, t)}
          </Text>
        )}
        {finding.data && <Finding finding={finding.data} provider={provider} />}
      </Panel>
    </div>
  );
}

function Finding({ finding, provider }: { finding: ProviderFinding; provider: IdentityProvider }) {
  const { t } = useTranslation();
  const givesText = useGivesText();
  const { passed, sentence, email, groups } = finding;
  const given = (group: string) => {
    const told = draftOf(provider)
      .mappings.filter(({ value }) => value === group)
      .map(givesText);
    return told.length > 0 ? told.join(', ') : t('sso.test.gives_nothing');
  };
  const yes = (value: boolean) => t(value ? 'sso.test.yes' : 'sso.test.no');
  // What exactly was wrong with an answer is for whoever tries it out: at the door nobody hears it.
  const all = finding.said as Record<string, unknown>;
  const exactly = !passed && typeof all['error'] === 'string' ? all['error'] : null;
  const said = Object.entries(all).filter(([name]) => exactly === null || name !== 'error');
  const Sign = passed ? IconCircleCheck : IconAlertTriangle;
  return (
    <>
      <Alert
        {...(passed ? {} : { color: 'red' })}
        variant="light"
        icon={<Sign size={18} aria-hidden />}
        title={t(passed ? 'sso.test.passed' : 'sso.test.failed')}
        role="status"
      >
        {exactly !== null && (
          <Text size="sm" fw={550} mb={4} className={classes.exactly}>
            {capital(exactly)}
          </Text>
        )}
        {sentence ? `${capital(sentence)}.` : t('sso.test.passed_text')}
      </Alert>
      <dl className={classes.facts}>
        <div>
          <dt>{t('sso.test.who')}</dt>
          <dd>
            {email ?? t('sso.test.nobody')}
            {finding.would_be_made && ` (${t('sso.test.made')})`}
          </dd>
        </div>
        <div>
          <dt>{t('sso.test.name')}</dt>
          <dd>{finding.name ?? t('sso.test.not_told')}</dd>
        </div>
        <div>
          <dt>{t('sso.test.groups')}</dt>
          <dd>
            {groups.length === 0 ? (
              t('sso.test.not_told')
            ) : (
              <ul>
                {groups.map((group) => (
                  <li key={group}>
                    {group}: {given(group)}
                  </li>
                ))}
              </ul>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('sso.test.second_factor')}</dt>
          <dd>{yes(finding.second_factor)}</dd>
        </div>
        <div>
          <dt>{t('sso.test.says_when')}</dt>
          <dd>
            {yes(finding.says_when)}
            {passed && !finding.says_when && (
              <Text size="sm" c="dimmed">
                {t('sso.test.says_no_when')}
              </Text>
            )}
          </dd>
        </div>
      </dl>
      {said.length > 0 && (
        <table className={classes.said}>
          <caption className="visually-hidden">{t('sso.test.said')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('sso.test.said')}</th>
              <th scope="col">{t('sso.test.value')}</th>
            </tr>
          </thead>
          <tbody>
            {said.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{typeof value === 'string' ? value : JSON.stringify(value, null, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Text size="xs" c="dimmed" mt="sm">
        {t('sso.test.kept')}
      </Text>
    </>
  );
}
