/**
 * Conversations of nobody, by the agent id that their source named, and giving them to whose they were.
 * Shown where the list shows only those; it knows nothing of the list.
 */
import { Anchor, Button, Group, Modal, Select, Text } from '@mantine/core';
import { IconUserQuestion } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Job, type Unattributed } from '../api/client';
import { useMe } from '../identity/session';
import { count, date } from '../shared/format';
import { ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import classes from './AttributionPanel.module.css';
import { JobProgress } from './JobProgress';

export function AttributionPanel() {
  const { t } = useTranslation();
  const me = useMe();
  const [opened, setOpened] = useState(false);
  if (me.permissions['conversations.edit'] !== 'all') return null;
  return (
    <div className={classes.panel}>
      <Text size="sm">{t('attribution.text')}</Text>
      <Button
        variant="default"
        leftSection={<IconUserQuestion size={17} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t('attribution.action')}
      </Button>
      {opened && <Dialog close={() => setOpened(false)} />}
    </div>
  );
}

function Dialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const labels = useQuery({ queryKey: ['unattributed'], queryFn: api.unattributed });
  // What was ordered here stays in sight when its line has gone.
  const [ordered, setOrdered] = useState<{ label: string; name: string; job: Job }[]>([]);
  const waiting = (labels.data?.items ?? []).filter(
    (item) => !ordered.some(({ label }) => label === item.agent_label),
  );
  return (
    <Modal
      opened
      onClose={close}
      size={760}
      title={t('attribution.action')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Text size="sm" c="dimmed" mb="sm">
        {t('attribution.hint')}{' '}
        <Anchor component={Link} to="/jobs" inherit underline="always">
          {t('jobs.title')}
        </Anchor>
      </Text>
      {labels.error && <ErrorState error={labels.error} retry={() => void labels.refetch()} />}
      {labels.isPending && <LoadingRows rows={3} />}
      <ul className={classes.lines}>
        {ordered.map(({ label, name, job }) => (
          <li key={job.id}>
            <Text size="sm" fw={600}>
              {t('job.of_label', { label, name })}
            </Text>
            <JobProgress job={job} />
          </li>
        ))}
        {waiting.map((item) => (
          <Line
            key={item.agent_label ?? ''}
            item={item}
            onOrdered={(name, job) => setOrdered([...ordered, { label: item.agent_label ?? '', name, job }])}
          />
        ))}
      </ul>
      {labels.data && waiting.length === 0 && <Text size="sm">{t('attribution.none')}</Text>}
    </Modal>
  );
}

interface LineProps {
  item: Unattributed;
  onOrdered: (name: string, job: Job) => void;
}

function Line({ item, onOrdered }: LineProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const toast = useToast();
  const [user, setUser] = useState<string | null>(null);
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  const label = item.agent_label;
  const order = useMutation({
    mutationFn: () => api.jobs.correctAttribution({ user: user ?? '', agent_label: label ?? '' }),
    onSuccess: (job) => onOrdered(directory.data?.users.find(({ id }) => id === user)?.name ?? '', job),
    onError: toast.failed,
  });
  return (
    <li>
      <div>
        <Text size="sm" fw={600}>
          {label ?? t('attribution.no_label')}
        </Text>
        <Text size="sm" c="dimmed">
          {t('list.count', { count: item.conversations, shown: count(item.conversations, true, locale) })}
          {' · '}
          {t('agent_ids.span', { from: date(item.first_at, locale), until: date(item.last_at, locale) })}
        </Text>
      </div>
      {label === null ? (
        <Text size="sm" c="dimmed" maw={300}>
          {t('attribution.no_label_text')}
        </Text>
      ) : (
        <Group gap="xs" wrap="nowrap" align="flex-end">
          <Select
            aria-label={t('attribution.whose', { label })}
            placeholder={t('attribution.person')}
            searchable
            data={(directory.data?.users ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            value={user}
            onChange={setUser}
          />
          <Button
            disabled={!user}
            loading={order.isPending}
            aria-label={t('attribution.correct_named', { label })}
            onClick={() => order.mutate()}
          >
            {t('attribution.correct')}
          </Button>
        </Group>
      )}
    </li>
  );
}
