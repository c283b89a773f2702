/**
 * What a member would see, before it is saved: real rows as the list draws them, and in words what their page holds.
 * It saves nothing.
 */
import { Title } from '@mantine/core';
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks';
import { IconFilterOff } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { codeOf } from '../api/problem';
import { columnsOf } from '../conversations/columns';
import { ConversationCards } from '../conversations/ConversationCards';
import { ConversationTable } from '../conversations/ConversationTable';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import classes from './AccessGroupPage.module.css';
import {
  type AccessGroupDraft,
  columnsByPlace,
  type NamedColumns,
  previewOf,
  useColumnWord,
} from './accessGroups';

const waitMs = 350;

export function usePreview(draft: AccessGroupDraft) {
  const wanted = JSON.stringify(previewOf(draft));
  const [asked] = useDebouncedValue(wanted, waitMs);
  const preview = useQuery({
    queryKey: ['access-groups', 'preview', asked],
    queryFn: ({ signal }) =>
      api.accessGroups.preview(JSON.parse(asked) as ReturnType<typeof previewOf>, signal),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  return { ...preview, isCurrent: asked === wanted };
}

interface PreviewProps {
  preview: ReturnType<typeof usePreview>;
  columns: NamedColumns;
  shown: string[];
}

export function AccessGroupPreview({ preview, columns, shown }: PreviewProps) {
  const { t } = useTranslation();
  const small = useMediaQuery('(max-width: 48em)');
  const rows = preview.data?.items ?? [];
  const refused = codeOf(preview.error) === 'invalid_fields';
  return (
    <section className={classes.preview} aria-labelledby="preview" aria-busy={preview.isFetching}>
      <Title order={2} size="h3" id="preview">
        {t('access_groups.preview')}
      </Title>
      <p className={classes.hint}>{t('access_groups.preview_hint')}</p>
      {preview.isPending && !preview.error && <LoadingRows rows={10} />}
      {refused && <p className={classes.hint}>{t('access_groups.preview_waits')}</p>}
      {preview.error && !refused && <ErrorState error={preview.error} retry={() => void preview.refetch()} />}
      {preview.data && !preview.error && rows.length === 0 && (
        <EmptyState icon={IconFilterOff} title={t('access_groups.preview_empty')} />
      )}
      {!preview.error && rows.length > 0 && (
        <>
          {small ? (
            <ConversationCards rows={rows} byDay still />
          ) : (
            <ConversationTable rows={rows} columns={columnsOf(rows)} sort="-started_at" />
          )}
          <PageParts columns={columns} shown={shown} />
        </>
      )}
    </section>
  );
}

/** What no row of a list shows: the parts of the page, and what may be done with the audio. */
function PageParts({ columns, shown }: { columns: NamedColumns; shown: string[] }) {
  const { t } = useTranslation();
  const word = useColumnWord(columns);
  const parts = Object.fromEntries(columnsByPlace(columns.map(({ column }) => column)))['page'] ?? [];
  const named = (names: string[]) => names.map(word).join(', ');
  const seen = parts.filter((column) => shown.includes(column));
  const hidden = parts.filter((column) => !shown.includes(column));
  const has = (column: string) => shown.includes(column);
  const audio = !has('audio') ? 'hidden' : !has('playback') ? 'seen' : !has('download') ? 'heard' : 'taken';
  return (
    <ul className={classes.parts}>
      {seen.length > 0 && <li>{t('access_groups.page_shows', { parts: named(seen) })}</li>}
      {hidden.length > 0 && <li>{t('access_groups.page_hides', { parts: named(hidden) })}</li>}
      <li>{t(`access_groups.audio.${audio}`)}</li>
    </ul>
  );
}
