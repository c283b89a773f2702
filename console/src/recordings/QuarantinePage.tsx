/** What could not be read, and why; try again or throw away. It reads no file itself. */
import { Badge, Button, Group, Text } from '@mantine/core';
import { IconChecks } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type QuarantineItem } from '../api/client';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { ago, bytes, capital, exactTime } from '../shared/format';
import { List } from '../shared/List';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';

const key = ['quarantine'];

export function QuarantinePage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const toast = useToast();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState<QuarantineItem | null>(null);
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => api.quarantine.list(pageParam || undefined),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((item) => item.state === 'retrying'))
        ? 3000
        : false,
  });
  const refresh = () => client.invalidateQueries({ queryKey: key });
  const retry = useMutation({
    mutationFn: (id: string) => api.quarantine.retry(id),
    onSuccess: async () => {
      toast.done(t('quarantine.retrying'));
      await refresh();
    },
    onError: toast.failed,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.quarantine.delete(id),
    onSuccess: async () => {
      setDeleting(null);
      await refresh();
    },
    onError: toast.failed,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const now = new Date();
  return (
    <Page title={t('quarantine.title')} subtitle={t('quarantine.subtitle')}>
      {list.error && items.length === 0 && (
        <ErrorState error={list.error} retry={() => void list.refetch()} />
      )}
      {list.isPending && <LoadingRows rows={4} />}
      {list.data && items.length === 0 && (
        <EmptyState icon={IconChecks} title={t('quarantine.empty.title')} text={t('quarantine.empty.text')} />
      )}
      {items.length > 0 && (
        <List
          caption={t('quarantine.title')}
          items={items}
          keyOf={(item) => item.id}
          columns={[
            {
              title: t('quarantine.file'),
              cell: (item) => (
                <>
                  <Text inherit fw={560}>
                    {item.name}
                  </Text>
                  <Text size="sm" maw={620}>
                    {capital(item.reason)}
                  </Text>
                </>
              ),
            },
            {
              title: t('details.source'),
              cell: (item) => t(`source.${item.source}`, { defaultValue: item.source }),
            },
            {
              title: t('details.size'),
              cell: (item) => <span className="tabular">{bytes(item.bytes, locale)}</span>,
            },
            {
              title: t('quarantine.received'),
              cell: (item) => (
                <time dateTime={item.received_at} title={exactTime(item.received_at, locale)}>
                  {ago(item.received_at, locale, now)}
                </time>
              ),
            },
            {
              title: t('quarantine.actions'),
              quiet: true,
              cell: (item) =>
                item.state === 'retrying' ? (
                  <Badge variant="light" tt="none">
                    {t('quarantine.state_retrying')}
                  </Badge>
                ) : (
                  <Group gap={6} wrap="nowrap" display="inline-flex">
                    <Button
                      variant="default"
                      size="compact-sm"
                      aria-label={t('quarantine.retry_named', { name: item.name })}
                      loading={retry.isPending && retry.variables === item.id}
                      onClick={() => retry.mutate(item.id)}
                    >
                      {t('quarantine.retry')}
                    </Button>
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      color="red"
                      aria-label={t('quarantine.delete_named', { name: item.name })}
                      onClick={() => setDeleting(item)}
                    >
                      {t('quarantine.delete')}
                    </Button>
                  </Group>
                ),
            },
          ]}
        />
      )}
      {list.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('action.more')}
        </Button>
      )}
      <ConfirmDialog
        opened={deleting !== null}
        title={t('quarantine.delete_title')}
        text={t('quarantine.delete_text', { name: deleting?.name })}
        action={t('quarantine.delete')}
        busy={remove.isPending}
        onConfirm={() => deleting && remove.mutate(deleting.id)}
        close={() => setDeleting(null)}
      />
    </Page>
  );
}
