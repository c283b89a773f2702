/**
 * The roles: which there are and how many hold them, and the built-in ones beside each other as a grid.
 * It changes nothing itself: a role has a page, and a new one begins in a dialog.
 */
import { Anchor, Badge, Button, Group, Text, Title } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Matrix, type Role } from '../api/client';
import { useMay } from '../identity/session';
import { List, type ListColumn } from '../shared/List';
import { Page } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { NewRoleDialog, type RoleStart } from './NewRoleDialog';
import classes from './RolesPage.module.css';
import { byRoom, useHeldBy, useRoom } from './roles';

export function RolesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const manages = may('users.manage');
  const [start, setStart] = useState<RoleStart | null>(null);
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles });
  const matrix = useQuery({ queryKey: ['matrix'], queryFn: api.matrix, staleTime: 60_000 });
  const error = roles.error ?? matrix.error;
  const nameOf = (key: string) => roles.data?.items.find((role) => role.key === key)?.name ?? key;
  return (
    <Page
      wide
      title={t('roles.title')}
      subtitle={t('roles.subtitle')}
      actions={
        manages && (
          <Button
            leftSection={<IconPlus size={17} aria-hidden />}
            onClick={() => setStart({ base: 'empty' })}
          >
            {t('roles.create')}
          </Button>
        )
      }
    >
      {error && <ErrorState error={error} retry={() => void (roles.refetch(), matrix.refetch())} />}
      {(roles.isPending || matrix.isPending) && !error && <LoadingRows rows={14} />}
      {roles.data && <Roles roles={roles.data.items} clone={manages ? setStart : undefined} />}
      {matrix.data && <BuiltIn matrix={matrix.data} nameOf={nameOf} />}
      {start && <NewRoleDialog start={start} close={() => setStart(null)} />}
    </Page>
  );
}

function Roles({ roles, clone }: { roles: Role[]; clone: ((start: RoleStart) => void) | undefined }) {
  const { t } = useTranslation();
  const heldBy = useHeldBy();
  const columns: ListColumn<Role>[] = [
    {
      title: t('roles.name'),
      cell: (role) => (
        <Group gap="xs">
          <Anchor component={Link} to={`/roles/${role.key}`} inherit>
            {role.name}
          </Anchor>
          {role.built_in && (
            <Badge variant="default" size="sm" tt="none" fw={450}>
              {t('roles.built_in')}
            </Badge>
          )}
          {role.warnings.length > 0 && (
            <Text span size="sm" className={classes.coming}>
              {t('roles.to_look_at')}
            </Text>
          )}
        </Group>
      ),
    },
  ];
  if (roles.some((role) => role.held_by)) columns.push({ title: t('roles.held_by'), cell: heldBy });
  if (clone)
    columns.push({
      title: t('roles.clone'),
      quiet: true,
      cell: (role) => (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconCopy size={15} aria-hidden />}
          aria-label={t('roles.clone_named', { name: role.name })}
          onClick={() => clone({ base: 'clone', of: role })}
        >
          {t('roles.clone')}
        </Button>
      ),
    });
  return <List caption={t('roles.title')} items={roles} keyOf={(role) => role.key} columns={columns} />;
}

function BuiltIn({ matrix, nameOf }: { matrix: Matrix; nameOf: (key: string) => string }) {
  const { t } = useTranslation();
  const toast = useToast();
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
  return (
    <>
      <Group justify="space-between" mt={34} mb="sm" gap="sm">
        <div>
          <Title order={2}>{t('roles.matrix')}</Title>
          <Text size="sm" c="dimmed">
            {t('roles.matrix_text')}
          </Text>
        </div>
        <Button
          variant="default"
          leftSection={<IconDownload size={17} stroke={1.7} aria-hidden />}
          loading={csv.isPending}
          onClick={() => csv.mutate()}
        >
          {t('roles.csv')}
        </Button>
      </Group>
      <Legend />
      <Grid matrix={matrix} nameOf={nameOf} />
    </>
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
  const room = useRoom();
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={t('roles.matrix')}>
      <table className={classes.grid}>
        <caption className="visually-hidden">{t('roles.matrix_text')}</caption>
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
          {byRoom(matrix.rows).map(([name, rows]) => (
            <Fragment key={name}>
              <tr className={classes.room}>
                <th colSpan={matrix.columns.length + 1} scope="rowgroup">
                  {room(name)}
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
