/** The access groups: for whom each holds, what it limits, and what is odd about it. One has a page of its own. */
import { Anchor, Button, Text } from '@mantine/core';
import { IconAlertTriangle, IconEyeCog, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, type AccessGroup, type AccessGroups } from '../api/client';
import { List } from '../shared/List';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import classes from './AccessGroupPage.module.css';
import { targetKey, useLimits, useTargetWord } from './accessGroups';

export const accessGroupsKey = ['access-groups'];

export function AccessGroupsPage() {
  const { t } = useTranslation();
  const groups = useQuery({ queryKey: accessGroupsKey, queryFn: api.accessGroups.list });
  const create = (
    <Button component={Link} to="/access-groups/new" leftSection={<IconPlus size={17} aria-hidden />}>
      {t('access_groups.create')}
    </Button>
  );
  return (
    <Page
      title={t('access_groups.title')}
      subtitle={t('access_groups.subtitle')}
      actions={groups.data && create}
    >
      {groups.error && <ErrorState error={groups.error} retry={() => void groups.refetch()} />}
      {groups.isPending && <LoadingRows rows={5} />}
      {groups.data?.items.length === 0 && (
        <EmptyState
          icon={IconEyeCog}
          title={t('access_groups.empty.title')}
          text={t('access_groups.empty.text')}
        />
      )}
      {groups.data && groups.data.items.length > 0 && <Groups groups={groups.data} />}
    </Page>
  );
}

function Groups({ groups }: { groups: AccessGroups }) {
  const { t } = useTranslation();
  const limits = useLimits(groups.columns);
  const targetWord = useTargetWord();
  const forWhom = ({ targets }: AccessGroup) =>
    targets.length === 0 ? (
      <Text span inherit c="dimmed">
        {t('access_groups.nobody')}
      </Text>
    ) : (
      <ul className={classes.plain}>
        {targets.map((target) => (
          <li key={targetKey(target)}>{targetWord(target)}</li>
        ))}
      </ul>
    );
  return (
    <List
      caption={t('access_groups.title')}
      items={groups.items}
      keyOf={(group) => group.id}
      columns={[
        {
          title: t('access_groups.name'),
          cell: (group) => (
            <div>
              <Anchor component={Link} to={`/access-groups/${group.id}`} inherit>
                {group.name}
              </Anchor>
              <Warnings group={group} />
            </div>
          ),
        },
        { title: t('access_groups.targets'), cell: forWhom },
        {
          title: t('access_groups.limits'),
          cell: (group) => (
            <div>
              {limits(group).map((sentence) => (
                <div key={sentence}>{sentence}</div>
              ))}
            </div>
          ),
        },
      ]}
    />
  );
}

function Warnings({ group }: { group: AccessGroup }) {
  const { t } = useTranslation();
  return group.warnings.map((warning) => (
    <div key={warning} className={classes.odd}>
      <IconAlertTriangle size={14} aria-hidden />
      <span>{t(`access_groups.warning.${warning}`, { defaultValue: warning })}</span>
    </div>
  ));
}
