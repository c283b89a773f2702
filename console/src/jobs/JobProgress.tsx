/**
 * How far a job is, asked again until it has ended. It knows nothing of what the work is.
 */
import { Button, Group, Progress, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Job } from '../api/client';
import { number } from '../shared/format';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';

const askAgainMs = 1000;
export const isOpen = (job: Job) => job.ended_at === null;

/** A job that is asked for until it has ended; then whatever it may have changed is asked for anew. */
export function useJob(first: Job): Job {
  const client = useQueryClient();
  const { data: job } = useQuery({
    queryKey: ['job', first.id],
    queryFn: () => api.jobs.get(first.id),
    initialData: first,
    refetchInterval: (query) => (query.state.data && isOpen(query.state.data) ? askAgainMs : false),
  });
  const ended = !isOpen(job);
  useEffect(() => {
    if (!ended) return;
    for (const room of ['jobs', 'unattributed', 'conversations', 'conversation'])
      void client.invalidateQueries({ queryKey: [room] });
  }, [ended, client]);
  return job;
}

export function JobProgress({ job: first }: { job: Job }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const job = useJob(first);
  const cancel = useMutation({
    mutationFn: () => api.jobs.cancel(job.id),
    onSettled: () => client.invalidateQueries({ queryKey: ['job', job.id] }),
    onError: toast.failed,
  });
  const share = job.total > 0 ? Math.min(100, (100 * job.done) / job.total) : isOpen(job) ? 0 : 100;
  const how = t('job.progress', { done: number(job.done, locale), total: number(job.total, locale) });
  return (
    <div>
      <Group gap="sm" justify="space-between" wrap="nowrap">
        <Text size="sm" role="status">
          {t(`job.state.${job.state}`)} · {how}
        </Text>
        {isOpen(job) && (
          <Button
            variant="default"
            size="compact-sm"
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            {t('job.cancel')}
          </Button>
        )}
      </Group>
      {isOpen(job) && <Progress mt={6} value={share} aria-label={how} />}
      {job.failure && (
        <Text size="sm" c="var(--keep-bad)">
          {job.failure}
        </Text>
      )}
    </div>
  );
}
