/**
 * The ledger: every event, newest first, with filters, its last checkpoint and its export.
 * It knows nothing of what the events did.
 */
import { Button, TextInput } from '@mantine/core';
import { IconDownload, IconShieldCheck, IconX } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { codeOf } from '../api/problem';
import { useMay } from '../identity/session';
import { Choice } from '../shared/Choice';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { CheckpointCard } from './CheckpointCard';
import { EventList, kindText, useKinds } from './events';
import { type LedgerFilters, ledgerOutcomes, parseLedgerFilters, toLedgerQuery } from './filters';
import classes from './LedgerPage.module.css';

export function LedgerPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string>;
  const filters = useMemo(() => parseLedgerFilters(search), [search]);
  const ledger = useInfiniteQuery({
    queryKey: ['ledger', 'events', filters],
    queryFn: ({ pageParam }) =>
      api.ledger.events({
        ...toLedgerQuery(filters),
        limit: 60,
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const events = ledger.data?.pages.flatMap((page) => page.items) ?? [];
  const change = (changes: Partial<Record<keyof LedgerFilters, string | null>>) =>
    void navigate({
      to: '/ledger',
      search: parseLedgerFilters({ ...filters, ...changes }) as Record<string, string>,
    });
  const toast = useToast();
  const taking = useMutation({
    mutationFn: api.ledger.mayExport,
    onSuccess: (may) => {
      if (may) window.location.assign(api.ledger.exportUrl);
    },
    onError: toast.failed,
  });
  const filtered = Object.keys(filters).length > 0;
  const denied = codeOf(ledger.error) === 'denied';
  const clear = () => void navigate({ to: '/ledger', search: {} });
  return (
    <Page
      wide
      title={t('ledger.title')}
      subtitle={t('ledger.subtitle')}
      actions={
        may('audit.export') && (
          <Button
            loading={taking.isPending}
            onClick={() => taking.mutate()}
            variant="default"
            leftSection={<IconDownload size={17} stroke={1.7} aria-hidden />}
          >
            {t('ledger.export')}
          </Button>
        )
      }
    >
      {!denied && <CheckpointCard />}
      {!denied && <Fields filters={filters} change={change} clear={filtered ? clear : null} />}
      {ledger.isPending && <LoadingRows rows={10} />}
      {ledger.error && events.length === 0 && (
        <ErrorState error={ledger.error} retry={() => void ledger.refetch()} />
      )}
      {ledger.data && events.length === 0 && (
        <EmptyState
          icon={IconShieldCheck}
          title={t(filtered ? 'ledger.no_match' : 'ledger.empty')}
          text={t(filtered ? 'ledger.no_match_text' : 'ledger.empty_text')}
        >
          {filtered && (
            <Button variant="default" onClick={clear}>
              {t('filter.clear')}
            </Button>
          )}
        </EmptyState>
      )}
      {events.length > 0 && <EventList events={events} withObject />}
      {ledger.hasNextPage && (
        <div className={classes.more}>
          <Button
            variant="default"
            loading={ledger.isFetchingNextPage}
            onClick={() => void ledger.fetchNextPage()}
          >
            {t('action.more')}
          </Button>
        </div>
      )}
    </Page>
  );
}

interface FieldsProps {
  filters: LedgerFilters;
  change: (changes: Partial<Record<keyof LedgerFilters, string | null>>) => void;
  clear: (() => void) | null;
}

function Fields({ filters, change, clear }: FieldsProps) {
  const { t } = useTranslation();
  const kinds = useKinds();
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  return (
    <div className={classes.fields}>
      <Choice
        label={t('ledger.kind')}
        searchable
        width={200}
        data={(kinds.data?.items ?? []).map(({ kind }) => ({
          value: kind,
          label: kindText(kind, kinds.data?.items),
        }))}
        value={filters.kind}
        onChange={(kind) => change({ kind })}
      />
      <Choice
        label={t('ledger.actor')}
        searchable
        width={150}
        data={(directory.data?.users ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={filters.actor}
        onChange={(actor) => change({ actor })}
      />
      <Choice
        label={t('ledger.outcome')}
        width={124}
        data={ledgerOutcomes.map((value) => ({ value, label: t(`outcome.${value}`) }))}
        value={filters.outcome}
        onChange={(outcome) => change({ outcome })}
      />
      <TextInput
        key={filters.object ?? ''}
        className={classes.object}
        aria-label={t('ledger.object_id')}
        placeholder={t('ledger.object_id')}
        defaultValue={filters.object ?? ''}
        onBlur={(event) =>
          event.currentTarget.value !== (filters.object ?? '') &&
          change({ object: event.currentTarget.value })
        }
        onKeyDown={(event) => event.key === 'Enter' && change({ object: event.currentTarget.value })}
      />
      <div className={classes.days}>
        {(['from', 'until'] as const).map((name) => (
          <TextInput
            key={name}
            type="date"
            aria-label={t(`filter.${name}`)}
            leftSection={<span className={classes.dayName}>{t(`ledger.${name}`)}</span>}
            leftSectionWidth={50}
            value={filters[name] ?? ''}
            onChange={(event) => change({ [name]: event.currentTarget.value })}
          />
        ))}
      </div>
      {clear && (
        <Button variant="subtle" leftSection={<IconX size={15} aria-hidden />} onClick={clear}>
          {t('filter.clear')}
        </Button>
      )}
    </div>
  );
}
