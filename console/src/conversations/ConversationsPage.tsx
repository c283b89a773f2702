/**
 * The conversation list: filters from the address, rows in pages by cursor, a count that doesn't wait for them.
 * It knows nothing of how a conversation is heard.
 */
import { Button, Group, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconFilterOff, IconInbox, IconUpload } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type ConversationQuery } from '../api/client';
import { codeOf, fieldErrorsOf } from '../api/problem';
import { useMay } from '../identity/session';
import { AttributionPanel } from '../jobs/AttributionPanel';
import { UploadDialog } from '../recordings/UploadDialog';
import { capital, count as countText, number } from '../shared/format';
import { useKept } from '../shared/kept';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useLocale } from '../shared/useLocale';
import { ColumnChooser } from './ColumnChooser';
import { columnsAtFirst, columnsOf } from './columns';
import { ConversationCards } from './ConversationCards';
import { ConversationTable } from './ConversationTable';
import { FilterBar } from './FilterBar';
import { type Filters, isFiltered, parseFilters, type Sort, toQuery, withFilters } from './filters';
import { askable } from './hidden';
import { leaveTrail } from './trail';

const pageRows = 50;

export function useConversationList(filters: Filters) {
  // A minute is fine enough for periods, and keeps the query the same while somebody reads.
  const minute = Math.floor(Date.now() / 60_000);
  const key = JSON.stringify(filters);
  const query = useMemo(
    () => ({
      ...toQuery(filters, new Date(minute * 60_000)),
      // The order by time is the server's own: it holds where the time itself is hidden, too.
      ...(filters.sort ? { sort: filters.sort } : {}),
      limit: pageRows,
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key stands for the filters
    [key, minute],
  );
  const list = useInfiniteQuery({
    queryKey: ['conversations', key],
    queryFn: ({ pageParam, signal }) =>
      api.conversations.list(pageParam ? { ...query, cursor: pageParam } : query, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const { sort: _sort, limit: _limit, ...counted } = query as ConversationQuery;
  const count = useQuery({
    queryKey: ['conversations', key, 'count'],
    queryFn: ({ signal }) => api.conversations.count(counted, signal),
    placeholderData: keepPreviousData,
  });
  return { list, count, query };
}

export function ConversationsPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string>;
  const filters = useMemo(() => parseFilters(search), [search]);
  const { list, count, query } = useConversationList(filters);
  const [shown, setShown] = useKept('columns', columnsAtFirst);
  const [uploading, setUploading] = useState(false);
  const small = useMediaQuery('(max-width: 48em)');

  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const next = list.data?.pages.at(-1)?.next ?? null;
  useEffect(() => {
    leaveTrail({ ids: rows.map((row) => row.id), next, query, search });
  }, [rows, next, query, search]);

  const change = (changes: Parameters<typeof withFilters>[1], replace = false) =>
    void navigate({
      to: '/conversations',
      search: withFilters(filters, changes) as Record<string, string>,
      replace,
    });
  const sort: Sort = filters.sort ?? '-started_at';
  const clear = () => void navigate({ to: '/conversations', search: {} });
  // Which columns there are is read from rows; where filters leave none, from any row.
  const settled = rows.length === 0 && !list.isPending && Object.keys(filters).length > 0;
  const any = useQuery({
    queryKey: ['conversations', 'any'],
    queryFn: ({ signal }) => api.conversations.list({ limit: 1 }, signal),
    enabled: settled,
    staleTime: 60_000,
  });
  const known = rows.length > 0 ? rows : (any.data?.items ?? []);
  const refused = rows.length === 0 && codeOf(list.error) === 'invalid_fields';

  return (
    <Page
      wide
      title={t('list.title')}
      subtitle={
        <span aria-live="polite">
          {count.data
            ? t('list.count', {
                count: count.data.count,
                shown: countText(count.data.count, count.data.exact, locale),
              })
            : '\u00a0'}
        </span>
      }
      actions={
        may('recordings.ingest') && (
          <Button leftSection={<IconUpload size={17} aria-hidden />} onClick={() => setUploading(true)}>
            {t('upload.action')}
          </Button>
        )
      }
    >
      <FilterBar filters={filters} change={change} can={askable(known)}>
        {!small && <ColumnChooser columns={columnsOf(known)} shown={shown} setShown={setShown} />}
      </FilterBar>
      {filters.unattributed && <AttributionPanel />}
      {list.isPending && <LoadingRows rows={12} />}
      {refused && <Refused error={list.error} clear={clear} />}
      {list.error && rows.length === 0 && !refused && (
        <ErrorState error={list.error} retry={() => void list.refetch()} />
      )}
      {list.data && rows.length === 0 && <Nothing filtered={isFiltered(filters)} clear={clear} />}
      {rows.length > 0 && (
        <div aria-busy={list.isPlaceholderData}>
          {small ? (
            <ConversationCards rows={rows} byDay={sort.endsWith('started_at')} />
          ) : (
            <ConversationTable
              rows={rows}
              columns={columnsOf(rows, shown)}
              sort={sort}
              onSort={(sort) => change({ sort })}
            />
          )}
          <Group justify="center" mt="lg" gap="md">
            <Text size="sm" c="dimmed">
              {t('list.shown', {
                rows: number(rows.length, locale),
                all: count.data ? countText(count.data.count, count.data.exact, locale) : '…',
              })}
            </Text>
            {list.hasNextPage && (
              <Button
                variant="default"
                loading={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {t('action.more')}
              </Button>
            )}
          </Group>
          {list.isFetchNextPageError && (
            <Text ta="center" size="sm" c="var(--keep-bad)" mt="xs" role="alert">
              {t('list.more_failed')}
            </Text>
          )}
        </div>
      )}
      {may('recordings.ingest') && <UploadDialog opened={uploading} close={() => setUploading(false)} />}
    </Page>
  );
}

/** What a saved address asks by is hidden now, or never made sense: says which, and offers a way out. */
function Refused({ error, clear }: { error: unknown; clear: () => void }) {
  const { t } = useTranslation();
  const told = [...new Set(Object.values(fieldErrorsOf(error)))];
  return (
    <div role="alert">
      <EmptyState
        icon={IconFilterOff}
        title={t('list.refused.title')}
        text={told.length > 0 ? told.map((text) => `${capital(text)}.`).join(' ') : t('list.refused.text')}
      >
        <Button variant="default" onClick={clear}>
          {t('filter.clear')}
        </Button>
      </EmptyState>
    </div>
  );
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  if (filtered)
    return (
      <EmptyState icon={IconFilterOff} title={t('list.no_match.title')} text={t('list.no_match.text')}>
        <Button variant="default" onClick={clear}>
          {t('filter.clear')}
        </Button>
      </EmptyState>
    );
  return (
    <EmptyState
      icon={IconInbox}
      title={t('list.empty.title')}
      text={t(may('recordings.ingest') ? 'list.empty.text' : 'list.empty.text_reader')}
    />
  );
}
