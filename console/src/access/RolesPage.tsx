/**
 * The built-in roles as a grid: each permission, and what each role has of it.
 * It shows what the server serves and edits nothing: built-in roles can't be edited.
 */
import { Button, Text } from '@mantine/core';
import { IconCheck, IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Matrix } from '../api/client';
import { Page } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import classes from './RolesPage.module.css';

/** Rows under the room their permission names: `recordings.play` belongs to `recordings`. */
export function byRoom(rows: Matrix['rows']): [room: string, rows: Matrix['rows']][] {
  const rooms = new Map<string, Matrix['rows']>();
  for (const row of rows) {
    const room = row.permission.split('.')[0] ?? '';
    rooms.set(room, [...(rooms.get(room) ?? []), row]);
  }
  return [...rooms];
}

export function RolesPage() {
  const { t } = useTranslation();
  const toast = useToast();
  const matrix = useQuery({ queryKey: ['matrix'], queryFn: api.matrix, staleTime: 60_000 });
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles, staleTime: 60_000 });
  const csv = useMutation({
    mutationFn: api.matrixCsv,
    onSuccess: (blob) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = 'access-matrix.csv';
      link.click();
      URL.revokeObjectURL(link.href);
    },
    onError: toast.failed,
  });
  const nameOf = (key: string) => roles.data?.items.find((role) => role.key === key)?.name ?? key;
  return (
    <Page
      wide
      title={t('roles.title')}
      subtitle={t('roles.subtitle')}
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={17} stroke={1.7} aria-hidden />}
          loading={csv.isPending}
          onClick={() => csv.mutate()}
        >
          {t('roles.csv')}
        </Button>
      }
    >
      {matrix.error && <ErrorState error={matrix.error} retry={() => void matrix.refetch()} />}
      {matrix.isPending && <LoadingRows rows={14} />}
      {matrix.data && (
        <>
          <Legend />
          <Grid matrix={matrix.data} nameOf={nameOf} />
        </>
      )}
    </Page>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <ul className={classes.legend}>
      {(['all', 'groups', 'own', 'yes'] as const).map((scope) => (
        <li key={scope}>
          <Cell value={scope} />{' '}
          <Text span size="sm" c="dimmed">
            {t(`scope.meaning.${scope}`)}
          </Text>
        </li>
      ))}
    </ul>
  );
}

function Grid({ matrix, nameOf }: { matrix: Matrix; nameOf: (key: string) => string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={t('roles.title')}>
      <table className={classes.grid}>
        <caption className="visually-hidden">{t('roles.subtitle')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('roles.permission')}</th>
            {matrix.columns.map((key) => (
              <th key={key} scope="col">
                {nameOf(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {byRoom(matrix.rows).map(([room, rows]) => (
            <Fragment key={room}>
              <tr className={classes.room}>
                <th colSpan={matrix.columns.length + 1} scope="rowgroup">
                  {t(`room.${room}`, { defaultValue: room.replaceAll('_', ' ') })}
                </th>
              </tr>
              {rows.map((row) => (
                <tr key={row.permission} data-coming={!row.available || undefined}>
                  <th scope="row">
                    <span className={classes.meaning}>{row.meaning}</span>
                    <code>{row.permission}</code>
                    {!row.available && <span className={classes.coming}>{t('roles.coming')}</span>}
                  </th>
                  {matrix.columns.map((key) => (
                    <td key={key}>
                      <Cell value={row.cells[key] ?? 'none'} />
                    </td>
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ value }: { value: string }) {
  const { t } = useTranslation();
  if (value === 'none' || value === 'no')
    return (
      <span className={classes.none}>
        <span aria-hidden="true">–</span>
        <span className="visually-hidden">{t('scope.none')}</span>
      </span>
    );
  return (
    <span className={classes.cell} data-scope={value}>
      {value === 'yes' ? (
        <>
          <IconCheck size={15} stroke={2.2} aria-hidden />
          <span className="visually-hidden">{t('scope.yes')}</span>
        </>
      ) : (
        t(`scope.${value}`, { defaultValue: value })
      )}
    </span>
  );
}
