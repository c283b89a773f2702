/** Every save of the settings, newest first, and going back to one. It knows nothing of single settings. */
import { Button, Text } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { codeOf } from '../api/problem';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { dateTime, exactTime } from '../shared/format';
import { Panel } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { useWeighed } from '../shared/useWeighed';
import { settingsKey } from './queries';
import { Differences } from './SaveBar';
import classes from './SettingsPage.module.css';

export function History({ version }: { version: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const [restoring, setRestoring] = useState<number | null>(null);
  const history = useInfiniteQuery({
    queryKey: [...settingsKey, 'history', locale],
    queryFn: ({ pageParam }) => api.settings.history(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const restore = useWeighed({
    mutationFn: (restored: number) => api.settings.restore(restored, version),
    onSuccess: async () => {
      setRestoring(null);
      toast.done(t('settings.restored'));
      await client.invalidateQueries({ queryKey: settingsKey });
    },
    onError: async (error) => {
      setRestoring(null);
      toast.failed(error);
      if (codeOf(error) === 'precondition_failed') await client.invalidateQueries({ queryKey: settingsKey });
    },
  });
  const saves = history.data?.pages.flatMap((page) => page.items) ?? [];
  const back = (to: number, label: string) => (
    <Button variant="default" size="compact-sm" aria-label={label} onClick={() => setRestoring(to)}>
      {t('settings.restore')}
    </Button>
  );
  return (
    <Panel title={t('settings.history')}>
      {history.error && <ErrorState error={history.error} retry={() => void history.refetch()} />}
      {history.isPending && <LoadingRows rows={3} />}
      {history.data && saves.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('settings.no_history')}
        </Text>
      )}
      <ol className={classes.saves}>
        {saves.map((save) => (
          <li key={save.version}>
            <div className={classes.save}>
              <Text size="sm" fw={560}>
                {save.by.name ?? save.by.id}
              </Text>
              <Text size="sm" c="dimmed">
                <time dateTime={save.at} title={exactTime(save.at, locale)}>
                  {dateTime(save.at, locale)}
                </time>
                {save.restored_version !== null &&
                  ` · ${t('settings.restoring', { version: save.restored_version })}`}
              </Text>
              <Differences changes={save.changes} />
            </div>
            {save.version === version ? (
              <Text size="sm" c="dimmed">
                {t('settings.in_force')}
              </Text>
            ) : (
              back(save.version, t('settings.restore_named', { when: dateTime(save.at, locale) }))
            )}
          </li>
        ))}
        {saves.length > 0 && !history.hasNextPage && (
          <li>
            <div className={classes.save}>
              <Text size="sm" fw={560}>
                {t('settings.beginning')}
              </Text>
            </div>
            {back(0, t('settings.restore_defaults'))}
          </li>
        )}
      </ol>
      {history.hasNextPage && (
        <Button variant="default" size="sm" mt="sm" onClick={() => void history.fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
      <ConfirmDialog
        opened={restoring !== null}
        title={t('settings.restore_title')}
        text={t('settings.restore_text')}
        action={t('settings.restore')}
        busy={restore.isPending}
        onConfirm={() => restoring !== null && restore.mutate(restoring)}
        close={() => setRestoring(null)}
      />
    </Panel>
  );
}
