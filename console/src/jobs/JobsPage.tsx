/** The jobs: what was ordered, by whom, and how far it is. It orders none itself. */
import { Button, Text } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Job } from '../api/client';
import { ago, exactTime } from '../shared/format';
import { List } from '../shared/List';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useLocale } from '../shared/useLocale';
import { JobProgress } from './JobProgress';

function useWhat(): (job: Job) => string {
  const { t } = useTranslation();
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  return ({ kind, parameters }) => {
    const known = directory.data?.users.find((user) => user.id === parameters['user']);
    const name = known?.name ?? '…';
    if (kind === 'agent_name') return name;
    const label = parameters['agent_label'];
    return typeof label === 'string' ? t('job.of_label', { label, name }) : t('job.of_others', { name });
  };
}

export function JobsPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const what = useWhat();
  const jobs = useInfiniteQuery({
    queryKey: ['jobs'],
    queryFn: ({ pageParam }) => api.jobs.list(pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  const items = jobs.data?.pages.flatMap((page) => page.items) ?? [];
  const now = new Date();
  return (
    <Page wide title={t('jobs.title')} subtitle={t('jobs.subtitle')}>
      {jobs.error && <ErrorState error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.isPending && <LoadingRows rows={5} />}
      {jobs.data && items.length === 0 && (
        <EmptyState icon={IconStack2} title={t('jobs.none')} text={t('jobs.none_text')} />
      )}
      {items.length > 0 && (
        <List
          caption={t('jobs.title')}
          items={items}
          keyOf={(job) => job.id}
          columns={[
            {
              title: t('jobs.work'),
              cell: (job) => (
                <>
                  {t(`job.kind.${job.kind}`)}
                  <Text size="sm" c="dimmed">
                    {what(job)}
                  </Text>
                </>
              ),
            },
            {
              title: t('jobs.ordered'),
              cell: (job) => (
                <>
                  <time dateTime={job.created_at} title={exactTime(job.created_at, locale)}>
                    {ago(job.created_at, locale, now)}
                  </time>
                  {job.ordered_by && `, ${job.ordered_by.name}`}
                </>
              ),
            },
            { title: t('jobs.progress'), cell: (job) => <JobProgress job={job} /> },
          ]}
        />
      )}
      {jobs.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={jobs.isFetchingNextPage}
          onClick={() => void jobs.fetchNextPage()}
        >
          {t('action.more')}
        </Button>
      )}
    </Page>
  );
}
