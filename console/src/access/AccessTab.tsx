/**
 * The access page of a conversation: what a person may do with it, through which gates, who may at all, and who could.
 * It knows nothing of the conversation itself.
 */
import { SegmentedControl, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { useMay, useMe } from '../identity/session';
import { ErrorState, LoadingRows } from '../shared/states';
import classes from './AccessTab.module.css';
import { ThenPanel } from './ThenPanel';
import { WhoPanel } from './WhoPanel';
import { WhyPanel } from './WhyPanel';
import { useAccess } from './Why';

const views = ['why', 'who', 'then'] as const;
type View = (typeof views)[number];

export function AccessTab({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const [view, setView] = useState<View>('why');
  if (!may('access.explain')) return <WhyView conversationId={conversationId} />;
  return (
    <div>
      <SegmentedControl
        aria-label={t('access.view')}
        mb="md"
        data={views.map((value) => ({ value, label: t(`access.${value}`) }))}
        value={view}
        onChange={(next) => setView(next as View)}
      />
      {view === 'why' && <WhyView conversationId={conversationId} />}
      {view === 'who' && <WhoPanel conversationId={conversationId} />}
      {view === 'then' && <ThenPanel conversationId={conversationId} />}
    </div>
  );
}

function WhyView({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const asksForOthers = may('access.explain');
  const [user, setUser] = useState<string | null>(null);
  const directory = useQuery({
    queryKey: ['directory'],
    queryFn: api.directory,
    enabled: asksForOthers,
    staleTime: 60_000,
  });
  const access = useAccess(conversationId, true, user ?? undefined);
  const whose = access.data?.user;
  return (
    <div>
      <div className={classes.head}>
        <Text size="sm" c="dimmed" maw={560}>
          {t('access.text')}
        </Text>
        {asksForOthers && (
          <Select
            label={t('access.person')}
            searchable
            allowDeselect={false}
            w={240}
            data={(directory.data?.users ?? []).map(({ id, name }) => ({
              value: id,
              label: id === me.user.id ? t('access.you', { name }) : name,
            }))}
            value={user ?? me.user.id}
            onChange={(next) => setUser(next === me.user.id ? null : next)}
          />
        )}
      </div>
      {access.error && <ErrorState error={access.error} retry={() => void access.refetch()} />}
      {!access.error && !access.data && <LoadingRows rows={4} height={34} />}
      {access.data && (
        <WhyPanel
          title={whose?.id === me.user.id ? t('access.title_you') : t('access.title', { name: whose?.name })}
          permissions={access.data.permissions}
        />
      )}
    </div>
  );
}
