/**
 * The fields of an access group: for whom it holds, which conversations it leaves, which columns it shows.
 * It keeps nothing and asks for nothing but names.
 */
import { Button, MultiSelect, Switch, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AccessGroup, Directory, Role } from '../api/client';
import { directions, statuses } from '../conversations/filters';
import classes from './AccessGroupPage.module.css';
import {
  type AccessGroupDraft,
  columnsByPlace,
  type NamedColumns,
  type RowField,
  targetKey,
  useColumnWord,
  useTargetWord,
  useValueWord,
} from './accessGroups';

const channels = ['voice', 'chat', 'email', 'other'];
const sources = ['upload', 'folder', 'import', 'demo'];

interface FieldsProps {
  draft: AccessGroupDraft;
  set: (draft: AccessGroupDraft) => void;
  errors: Record<string, string>;
  directory: Directory;
}

/** Every target there is, and those that it has already, also when nobody else lists them any more. */
export function useTargets(directory: Directory, roles: Role[], group: AccessGroup | null) {
  const { t } = useTranslation();
  const word = useTargetWord();
  const kinds = [
    ['user', directory.users],
    ['role', roles.map(({ key, name }) => ({ id: key, name }))],
    ['members', directory.groups],
    ['supervisors', directory.groups],
  ] as const;
  const listed = kinds.map(([kind, things]) => ({
    group: t(`access_groups.kind.${kind}`),
    items: [
      ...things.map(({ id, name }) => ({ kind, id, name })),
      ...(group?.targets ?? []).filter(
        (target) => target.kind === kind && !things.some(({ id }) => id === target.id),
      ),
    ].map((target) => ({ value: targetKey(target), label: word(target) })),
  }));
  const nameOf = (key: string) =>
    listed.flatMap(({ items }) => items).find(({ value }) => value === key)?.label ?? key;
  return { listed, nameOf };
}

type Listed = ReturnType<typeof useTargets>['listed'];

export function TargetsField({
  draft,
  set,
  errors,
  listed,
}: Omit<FieldsProps, 'directory'> & { listed: Listed }) {
  const { t } = useTranslation();
  return (
    <MultiSelect
      label={t('access_groups.targets')}
      description={t('access_groups.targets_hint')}
      placeholder={draft.targets.length === 0 ? t('access_groups.nobody') : ''}
      searchable
      hidePickedOptions
      nothingFoundMessage={t('filter.nothing')}
      data={listed.filter(({ items }) => items.length > 0)}
      value={draft.targets}
      error={errors['targets']}
      onChange={(targets) => set({ ...draft, targets })}
    />
  );
}

export function RowFields({ draft, set, errors, directory }: FieldsProps) {
  const { t } = useTranslation();
  const word = useValueWord(directory.groups);
  const setField = (field: RowField) => (values: string[]) =>
    set({ ...draft, rows: { ...draft.rows, [field]: values } });
  const common = (field: RowField) => ({
    label: t(`access_groups.field.${field}`),
    placeholder: draft.rows[field].length === 0 ? t('access_groups.no_limit') : '',
    value: draft.rows[field],
    error: errors[`rows.${field}`],
    onChange: setField(field),
  });
  const choice = (field: RowField, values: readonly string[]) => (
    <MultiSelect
      {...common(field)}
      searchable
      nothingFoundMessage={t('filter.nothing')}
      data={[...new Set([...values, ...draft.rows[field]])].map((value) => ({
        value,
        label: word(field, value),
      }))}
    />
  );
  return (
    <fieldset className={classes.set}>
      <legend>{t('access_groups.rows')}</legend>
      <p className={classes.hint}>{t('access_groups.rows_hint')}</p>
      <div className={classes.fields}>
        <TagsInput
          {...common('numbers')}
          description={t('access_groups.numbers_hint')}
          inputMode="tel"
          splitChars={[',', ';']}
          acceptValueOnBlur
        />
        <TagsInput {...common('tags')} data={directory.tags} splitChars={[',', ';']} acceptValueOnBlur />
        {choice(
          'groups',
          directory.groups.map(({ id }) => id),
        )}
        {choice('directions', directions)}
        {choice('channels', channels)}
        {choice('statuses', statuses)}
        {choice('sources', sources)}
      </div>
    </fieldset>
  );
}

interface ColumnFieldsProps {
  columns: NamedColumns;
  shown: string[];
  set: (columns: string[]) => void;
  error: string | undefined;
}

export function ColumnFields({ columns, shown, set, error }: ColumnFieldsProps) {
  const { t } = useTranslation();
  const word = useColumnWord(columns);
  const order = columns.map(({ column }) => column);
  const put = (changed: string[]) => set(order.filter((column) => changed.includes(column)));
  return (
    <>
      {columnsByPlace(order).map(([place, here]) => (
        <fieldset key={place} className={classes.set}>
          <legend>{t(`access_groups.place.${place}`)}</legend>
          {place === 'audio' && <p className={classes.hint}>{t('access_groups.audio_hint')}</p>}
          <div className={classes.switches}>
            {here.map((column) => (
              <Switch
                key={column}
                label={word(column)}
                checked={shown.includes(column)}
                onChange={(event) =>
                  put(
                    event.currentTarget.checked
                      ? [...shown, column]
                      : shown.filter((other) => other !== column),
                  )
                }
              />
            ))}
          </div>
          <Button
            variant="subtle"
            size="compact-sm"
            className={classes.all}
            disabled={here.every((column) => shown.includes(column))}
            aria-label={t('access_groups.show_all_of', { place: t(`access_groups.place.${place}`) })}
            onClick={() => put([...shown, ...here])}
          >
            {t('access_groups.show_all')}
          </Button>
        </fieldset>
      ))}
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </>
  );
}
