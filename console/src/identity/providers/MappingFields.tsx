/** What groups and roles of a provider give here: a role, or belonging to a group. */
import { Button, Select, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client';
import { emptyMapping, type MappingDraft } from './draft';
import type { FieldsProps } from './fields';
import classes from './providers.module.css';

const kinds = ['role', 'member', 'supervisor'] as const;
const limits = ['none', 'supervised', 'groups'] as const;

/** The names of roles and groups, for choosing and for telling. */
export function useGivable() {
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles, staleTime: 60_000 });
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  return {
    roles: (roles.data?.items ?? []).map(({ key, name }) => ({ value: key, label: name })),
    groups: (directory.data?.groups ?? []).map(({ id, name }) => ({ value: id, label: name })),
  };
}

/** What a mapping gives, in words. */
export function useGivesText(): (mapping: MappingDraft) => string {
  const { t } = useTranslation();
  const { roles, groups } = useGivable();
  return ({ gives, role, limit, group }) => {
    const groupName = groups.find(({ value }) => value === group)?.label ?? '…';
    if (gives !== 'role') return t(`sso.told.${gives}`, { group: groupName });
    const name = roles.find(({ value }) => value === role)?.label ?? '…';
    return t(`sso.told.role_${limit}`, { role: name, group: groupName });
  };
}

export function MappingFields({ draft, set, errors }: FieldsProps) {
  const { t } = useTranslation();
  const givable = useGivable();
  const change = (at: number, part: Partial<MappingDraft>) =>
    set({ mappings: draft.mappings.map((one, other) => (other === at ? { ...one, ...part } : one)) });
  return (
    <div className={classes.mappings}>
      {draft.mappings.map((mapping, at) => {
        const error = (field: string) => errors[`mappings[${at}].${field}`];
        return (
          <fieldset key={at} className={classes.mapping}>
            <legend>{t('sso.mapping', { number: at + 1 })}</legend>
            <TextInput
              label={t('sso.mapping_value')}
              autoComplete="off"
              value={mapping.value}
              error={error('value')}
              onChange={(event) => change(at, { value: event.currentTarget.value })}
            />
            <Select
              label={t('sso.mapping_gives')}
              allowDeselect={false}
              data={kinds.map((value) => ({ value, label: t(`sso.gives.${value}`) }))}
              value={mapping.gives}
              onChange={(gives) => change(at, { gives: gives as MappingDraft['gives'] })}
            />
            {mapping.gives === 'role' && (
              <>
                <Select
                  label={t('assignment.role')}
                  data={givable.roles}
                  value={mapping.role}
                  error={error('role')}
                  onChange={(role) => change(at, { role })}
                />
                <Select
                  label={t('assignment.limit')}
                  allowDeselect={false}
                  data={limits.map((value) => ({
                    value,
                    label: t(value === 'groups' ? 'sso.one_group' : `limit.${value}`),
                  }))}
                  value={mapping.limit}
                  error={error('limit')}
                  onChange={(limit) => change(at, { limit: limit as MappingDraft['limit'] })}
                />
              </>
            )}
            {(mapping.gives !== 'role' || mapping.limit === 'groups') && (
              <Select
                label={t('sso.group')}
                searchable
                nothingFoundMessage={t('filter.nothing')}
                data={givable.groups}
                value={mapping.group}
                error={error('group')}
                onChange={(group) => change(at, { group })}
              />
            )}
            <Button
              variant="subtle"
              color="red"
              aria-label={t('sso.mapping_remove', { number: at + 1 })}
              onClick={() => set({ mappings: draft.mappings.filter((_, other) => other !== at) })}
            >
              {t('action.remove')}
            </Button>
          </fieldset>
        );
      })}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => set({ mappings: [...draft.mappings, emptyMapping] })}
        >
          {t('sso.mapping_add')}
        </Button>
      </div>
    </div>
  );
}

/** Whether every mapping says what gives what. */
export const areComplete = (mappings: MappingDraft[]) =>
  mappings.every(
    ({ value, gives, role, limit, group }) =>
      value.trim() !== '' &&
      (gives === 'role' ? role !== null && (limit !== 'groups' || group !== null) : group !== null),
  );
