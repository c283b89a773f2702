/**
 * Search and filters above the list; everything chosen here stands in the address.
 * It knows nothing of rows.
 */
import { Button, Drawer, Indicator, Stack, Switch, TextInput } from '@mantine/core';
import { useDisclosure, useHotkeys, useMediaQuery } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconSearch, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { Choice } from '../shared/Choice';
import { useTyped } from '../shared/useTyped';
import classes from './FilterBar.module.css';
import { activeCount, directions, type Filters, periods, statuses } from './filters';
import type { askable } from './hidden';

type Can = ReturnType<typeof askable>;
type Change = (changes: Partial<Record<keyof Filters, string | null>>, replace?: boolean) => void;
interface FilterBarProps {
  filters: Filters;
  change: Change;
  /** Whether a filter can be asked: not one for a column that is hidden. */
  can: Can;
  children?: ReactNode;
}

export function FilterBar({ filters, change, can, children }: FilterBarProps) {
  const { t } = useTranslation();
  const small = useMediaQuery('(max-width: 48em)');
  const [opened, { open, close }] = useDisclosure();
  const active = activeCount(filters);
  const clear = () => change(Object.fromEntries(Object.keys(filters).map((name) => [name, null])));
  const more = ['number', 'min_seconds', 'max_seconds', 'unattributed', 'status', 'tag'].filter(
    (name) => name in filters,
  ).length;
  return (
    <div className={classes.bar}>
      {(can('q') || filters.q) && <SearchBox value={filters.q ?? ''} onSearch={(q) => change({ q }, true)} />}
      {!small && <MainFields filters={filters} change={change} can={can} />}
      <Indicator
        label={small ? active : more}
        disabled={(small ? active : more) === 0}
        size={17}
        color="keep.8"
      >
        <Button
          variant="default"
          leftSection={<IconAdjustmentsHorizontal size={17} stroke={1.7} aria-hidden />}
          onClick={open}
        >
          {t('filter.more')}
        </Button>
      </Indicator>
      {children}
      {active > 0 && (
        <Button variant="subtle" leftSection={<IconX size={15} aria-hidden />} onClick={clear}>
          {t('filter.clear')}
        </Button>
      )}
      <Drawer
        opened={opened}
        onClose={close}
        position="right"
        size={360}
        title={t('filter.title')}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Stack gap="md">
          {small && <MainFields filters={filters} change={change} can={can} labelled />}
          <MoreFields filters={filters} change={change} can={can} />
          <Button onClick={close}>{t('filter.show')}</Button>
        </Stack>
      </Drawer>
    </div>
  );
}

function SearchBox({ value, onSearch }: { value: string; onSearch: (q: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const input = useRef<HTMLInputElement>(null);
  const send = useTyped((q) => {
    sent.current = q;
    onSearch(q);
  });
  useHotkeys([['/', () => input.current?.focus()]]);
  useEffect(() => {
    // The address changed by other means: the back button, or "clear".
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  return (
    <TextInput
      ref={input}
      className={classes.search}
      type="search"
      aria-label={t('filter.search')}
      placeholder={t('filter.search_hint')}
      leftSection={<IconSearch size={17} stroke={1.7} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
    />
  );
}

interface FieldsProps {
  filters: Filters;
  change: Change;
  can: Can;
  labelled?: boolean;
}

function useDirectory() {
  return useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
}

function MainFields({ filters, change, can, labelled }: FieldsProps) {
  const { t } = useTranslation();
  const directory = useDirectory();
  const named = (things: { id: string; name: string }[] | undefined) =>
    (things ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <>
      {can('period') && (
        <Choice
          label={t('filter.period')}
          labelled={labelled}
          width={150}
          data={periods.map((value) => ({ value, label: t(`period.${value}`) }))}
          value={filters.period}
          onChange={(period) => change({ period })}
        />
      )}
      {can('period') && filters.period === 'custom' && (
        <div className={classes.days}>
          {(['from', 'until'] as const).map((name) => (
            <TextInput
              key={name}
              type="date"
              aria-label={t(`filter.${name}`)}
              value={filters[name] ?? ''}
              onChange={(event) => change({ [name]: event.currentTarget.value }, true)}
            />
          ))}
        </div>
      )}
      {can('direction') && (
        <Choice
          label={t('filter.direction')}
          labelled={labelled}
          width={132}
          data={directions.map((value) => ({ value, label: t(`direction.${value}`) }))}
          value={filters.direction}
          onChange={(direction) => change({ direction })}
        />
      )}
      {can('agent') && (
        <Choice
          label={t('filter.agent')}
          labelled={labelled}
          searchable
          width={150}
          data={named(directory.data?.users)}
          value={filters.agent}
          onChange={(agent) => change({ agent })}
        />
      )}
      {can('group') && (
        <Choice
          label={t('filter.group')}
          labelled={labelled}
          searchable
          width={132}
          data={named(directory.data?.groups)}
          value={filters.group}
          onChange={(group) => change({ group })}
        />
      )}
    </>
  );
}

function MoreFields({ filters, change, can }: FieldsProps) {
  const { t } = useTranslation();
  const directory = useDirectory();
  return (
    <>
      {can('tag') && (
        <Choice
          label={t('filter.tag')}
          labelled
          searchable
          data={(directory.data?.tags ?? []).map((tag) => ({ value: tag, label: tag }))}
          value={filters.tag}
          onChange={(tag) => change({ tag })}
        />
      )}
      {can('status') && (
        <Choice
          label={t('filter.status')}
          labelled
          data={statuses.map((value) => ({ value, label: t(`status.${value}`) }))}
          value={filters.status}
          onChange={(status) => change({ status })}
        />
      )}
      {can('number') && (
        <TextInput
          label={t('filter.number')}
          inputMode="tel"
          value={filters.number ?? ''}
          onChange={(event) => change({ number: event.currentTarget.value }, true)}
        />
      )}
      {can('duration') && (
        <div className={classes.pair}>
          {(['min_seconds', 'max_seconds'] as const).map((name) => (
            <TextInput
              key={name}
              label={t(`filter.${name}`)}
              type="number"
              min={0}
              value={filters[name] ?? ''}
              onChange={(event) => change({ [name]: event.currentTarget.value }, true)}
            />
          ))}
        </div>
      )}
      {can('unattributed') && (
        <Switch
          label={t('filter.unattributed')}
          description={t('filter.unattributed_hint')}
          checked={filters.unattributed === 'true'}
          onChange={(event) => change({ unattributed: event.currentTarget.checked ? 'true' : null })}
        />
      )}
    </>
  );
}
