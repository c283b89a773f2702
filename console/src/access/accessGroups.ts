/**
 * Words and sums about access groups that their pages share: drafts, what differs, what one limits.
 * It asks nothing of the server.
 */
import { useTranslation } from 'react-i18next';
import type { AccessGroup, AccessGroupRows, AccessGroupTarget, AccessGroupWish, Named } from '../api/client';
import { capital } from '../shared/format';

export const rowFields = [
  'numbers',
  'tags',
  'groups',
  'directions',
  'channels',
  'statuses',
  'sources',
] as const satisfies (keyof AccessGroupRows)[];
export type RowField = (typeof rowFields)[number];

export interface AccessGroupDraft {
  name: string;
  /** As `kind:id`. */
  targets: string[];
  rows: Record<RowField, string[]>;
  columns: string[];
}

const noRows = (): AccessGroupDraft['rows'] => ({
  numbers: [],
  tags: [],
  groups: [],
  directions: [],
  channels: [],
  statuses: [],
  sources: [],
});

/** A new one limits no row and shows no column. */
export const emptyDraft = (): AccessGroupDraft => ({ name: '', targets: [], rows: noRows(), columns: [] });

export const targetKey = ({ kind, id }: AccessGroupTarget) => `${kind}:${id}`;

export function draftOf(group: AccessGroup): AccessGroupDraft {
  return {
    name: group.name,
    targets: group.targets.map(targetKey),
    rows: { ...noRows(), ...group.rows },
    columns: [...group.columns],
  };
}

export const previewOf = ({ rows, columns }: AccessGroupDraft) => ({
  rows: rows as AccessGroupRows,
  columns,
});

export function wishOf(draft: AccessGroupDraft): AccessGroupWish {
  const targets = draft.targets.map((key) => {
    const cut = key.indexOf(':');
    return { kind: key.slice(0, cut) as AccessGroupTarget['kind'], id: key.slice(cut + 1) };
  });
  return { name: draft.name.trim(), targets, ...previewOf(draft) };
}

export interface Difference {
  /** What it is of: the name, whom it holds for, a field of the rules, or the columns. */
  of: 'name' | 'targets' | 'columns' | RowField;
  added: string[];
  removed: string[];
}

const without = (these: string[], those: string[]) => these.filter((one) => !those.includes(one));

/** What differs; the order of values is no difference. */
export function differences(from: AccessGroupDraft, to: AccessGroupDraft): Difference[] {
  const of = (name: Difference['of'], before: string[], after: string[]): Difference => ({
    of: name,
    added: without(after, before),
    removed: without(before, after),
  });
  return [
    of('name', [from.name.trim()], [to.name.trim()]),
    of('targets', from.targets, to.targets),
    ...rowFields.map((field) => of(field, from.rows[field], to.rows[field])),
    of('columns', from.columns, to.columns),
  ].filter(({ added, removed }) => added.length + removed.length > 0);
}

/** What somebody wanted to change, on top of what another saved meanwhile. */
export function onTop(theirs: AccessGroupDraft, mine: Difference[]): AccessGroupDraft {
  const draft = { ...theirs, rows: { ...theirs.rows } };
  for (const { of, added, removed } of mine) {
    const changed = (values: string[]) => [...without(values, removed), ...without(added, values)];
    if (of === 'name') draft.name = added[0] ?? draft.name;
    else if (of === 'targets' || of === 'columns') draft[of] = changed(draft[of]);
    else draft.rows[of] = changed(draft.rows[of]);
  }
  return draft;
}

/** Where each column is seen; one that isn't named here is a part of the page. */
const placed = {
  list: [
    'started',
    'duration',
    'direction',
    'channel',
    'status',
    'number',
    'masked_number',
    'contact',
    'agents',
    'groups',
    'tags',
  ],
  audio: ['audio', 'playback', 'download'],
};
export function columnsByPlace(columns: string[]): ['list' | 'page' | 'audio', string[]][] {
  const elsewhere = [...placed.list, ...placed.audio];
  return [
    ['list', columns.filter((column) => placed.list.includes(column))],
    ['page', columns.filter((column) => !elsewhere.includes(column))],
    ['audio', columns.filter((column) => placed.audio.includes(column))],
  ];
}

export type NamedColumns = { column: string; meaning: string }[];

/** The word for a column: ours, or what the server says of one that is newer than this page. */
export function useColumnWord(columns: NamedColumns): (column: string) => string {
  const { t } = useTranslation();
  return (column) =>
    t(`access_groups.column.${column}`, {
      defaultValue: capital(columns.find((one) => one.column === column)?.meaning ?? column),
    });
}

/** The word for a value of a rule. */
export function useValueWord(groups: Named[]): (field: RowField, value: string) => string {
  const { t } = useTranslation();
  return (field, value) => wordOf(t, groups, field, value);
}

/** For whom it holds, in words. */
export function useTargetWord(): (target: AccessGroupTarget) => string {
  const { t } = useTranslation();
  return ({ kind, id, name }) => t(`access_groups.target.${kind}`, { name: name || id });
}

/** What an access group limits, in words: its rules, then its columns. */
export function useLimits(all: NamedColumns): (group: AccessGroup) => [rows: string, columns: string] {
  const { t } = useTranslation();
  const columnWord = useColumnWord(all);
  return (group) => {
    const { rows } = draftOf(group);
    const rules = rowFields
      .filter((field) => rows[field].length > 0)
      .map((field) => {
        const words = rows[field].map((value) => wordOf(t, group.group_names, field, value));
        return `${t(`access_groups.field.${field}`)}: ${listOf(words, t)}`;
      });
    const shown = all.filter(({ column }) => group.columns.includes(column));
    const hidden = all.filter(({ column }) => !group.columns.includes(column));
    const told = (columns: NamedColumns) => columns.map(({ column }) => columnWord(column)).join(', ');
    return [
      rules.length > 0
        ? t('access_groups.only_rows', { rules: rules.join('; ') })
        : t('access_groups.all_rows'),
      shown.length === 0
        ? t('access_groups.no_column')
        : hidden.length === 0
          ? t('access_groups.all_columns')
          : hidden.length <= shown.length
            ? t('access_groups.hides', { columns: told(hidden) })
            : t('access_groups.only_columns', { columns: told(shown) }),
    ];
  };
}

type Texts = ReturnType<typeof useTranslation>['t'];

function wordOf(t: Texts, groups: Named[], field: RowField, value: string): string {
  if (field === 'groups') return groups.find(({ id }) => id === value)?.name ?? value;
  if (field === 'numbers' || field === 'tags') return value;
  const room = { directions: 'direction', channels: 'channel', statuses: 'status', sources: 'source' }[field];
  return t(`${room}.${value}`, { defaultValue: value });
}

const told = 6;
/** The first few, and how many more. */
function listOf(words: string[], t: Texts): string {
  const more = words.length - told;
  const first = words.slice(0, told).join(', ');
  return more > 0 ? t('access_groups.and_more', { first, count: more }) : first;
}
