/** Who heard, saw and changed one conversation, newest first. It knows nothing of other events. */
import { Button, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { EventList } from './events';

export function HistoryTab({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const history = useInfiniteQuery({
    queryKey: ['conversation', conversationId, 'history'],
    queryFn: ({ pageParam }) => api.conversations.history(conversationId, pageParam || undefined),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
  const events = history.data?.pages.flatMap((page) => page.items) ?? [];
  if (history.error && events.length === 0)
    return <ErrorState error={history.error} retry={() => void history.refetch()} />;
  if (!history.data) return <LoadingRows rows={5} />;
  if (events.length === 0)
    return <EmptyState icon={IconHistory} title={t('history.empty.title')} text={t('history.empty.text')} />;
  return (
    <div>
      <Text size="sm" c="dimmed">
        {t('history.text')}
      </Text>
      <EventList events={events} withObject={false} />
      {history.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {t('action.more')}
        </Button>
      )}
    </div>
  );
}
