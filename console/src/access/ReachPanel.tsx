/**
 * What a user reaches: each permission with the roles that give it, how far, until when, and what narrows it.
 * It shows rights and changes none.
 */
import { Anchor, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type UserReach } from '../api/client';
import { useMay } from '../identity/session';
import { date, lastMoment } from '../shared/format';
import { Panel } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { useLocale } from '../shared/useLocale';
import classes from './ReachPanel.module.css';

export function ReachPanel({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const reach = useQuery({ queryKey: ['user', userId, 'reach'], queryFn: () => api.users.reach(userId) });
  return (
    <Panel title={t('reach.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {t('reach.text')}
      </Text>
      {reach.error && !reach.data && <ErrorState error={reach.error} retry={() => void reach.refetch()} />}
      {!reach.error && !reach.data && <LoadingRows rows={4} height={30} />}
      {reach.data && <Reached reach={reach.data} />}
    </Panel>
  );
}

function Reached({ reach }: { reach: UserReach }) {
  const { t } = useTranslation();
  return (
    <>
      {reach.user.state !== 'active' && (
        <Text size="sm" className={classes.note} mb="sm">
          {t(`reach.state.${reach.user.state}`)}
        </Text>
      )}
      <Narrowed reach={reach} />
      <Title order={3} size="h3" mb={4}>
        {t('reach.conversations')}
      </Title>
      <dl className={classes.list}>
        {reach.conversations.map((one) => (
          <div key={one.permission} className={classes.row} data-nothing={one.ways.length === 0 || undefined}>
            <dt>
              {one.sentence}
              {!one.available && <span className={classes.coming}>{t('who.coming')}</span>}
            </dt>
            <dd>
              {one.ways.length === 0 && t('reach.nothing')}
              {one.ways.map((way) => (
                <WayLine key={`${way.assignment} ${way.extent}`} way={way} />
              ))}
              {one.refused && one.ways.length > 0 && (
                <div className={classes.refused}>{t('reach.refused', { why: one.refused.sentence })}</div>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <Title order={3} size="h3" mt="md" mb={4}>
        {t('reach.organisation')}
      </Title>
      {reach.organisation.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('reach.nothing')}
        </Text>
      ) : (
        <ul className={classes.plain}>
          {reach.organisation.map((one) => (
            <li key={one.permission}>
              {one.sentence}
              <Text span size="sm" c="dimmed">
                {' '}
                · {t('reach.through_role', { role: one.role.name })}
                <Until until={one.until} />
              </Text>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function WayLine({ way }: { way: UserReach['conversations'][number]['ways'][number] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const since = (way.groups ?? []).filter((group) => group.since);
  return (
    <div>
      {way.sentence}
      {since.map((group) => (
        <Text key={group.id} span size="sm" c="dimmed">
          {' '}
          {t('reach.since', {
            group: group.name ?? t('reach.a_group'),
            day: date(group.since ?? '', locale),
          })}
        </Text>
      ))}
      <Text span size="sm" c="dimmed">
        <Until until={way.until} />
      </Text>
    </div>
  );
}

function Until({ until }: { until: string | null }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return until ? <> · {t('assignment.ends', { day: date(lastMoment(until), locale) })}</> : null;
}

function Narrowed({ reach }: { reach: UserReach }) {
  const { t } = useTranslation();
  const may = useMay();
  if (!reach.narrowed) return null;
  if (!reach.access_groups)
    return (
      <Text size="sm" className={classes.note} mb="sm">
        {t('reach.narrowed_hidden')}
      </Text>
    );
  return (
    <div className={classes.note}>
      <Text size="sm" mb={4}>
        {t('reach.narrowed')}
      </Text>
      <ul className={classes.plain}>
        {reach.access_groups.map((group) => (
          <li key={group.id}>
            {may('access_groups.manage') ? (
              <Anchor component={Link} to={`/access-groups/${group.id}`} inherit fw={600}>
                {group.name}
              </Anchor>
            ) : (
              <b>{group.name}</b>
            )}
            <Text span size="sm" c="dimmed">
              {' '}
              · {group.through.map((one) => t(`reach.through.${one.kind}`, { name: one.name })).join(', ')}
            </Text>
            {group.rules.map((rule) => (
              <div key={rule}>{rule}</div>
            ))}
            {group.hidden_columns.length > 0 && (
              <div>
                {t('access_groups.hides', {
                  columns: group.hidden_columns
                    .map((column) => t(`access_groups.column.${column}`))
                    .join(', '),
                })}
              </div>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
