/**
 * The fields of one assignment: a role, what it is limited to, and until when.
 * It knows nothing of whose assignment it is.
 */
import { MultiSelect, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type NewAssignment } from '../api/client';

export interface AssignmentDraft {
  role: string | null;
  limit: NewAssignment['limit'];
  groups: string[];
  /** A calendar day, the last one on which it holds. */
  until: string;
}
export const emptyAssignment: AssignmentDraft = { role: null, limit: 'none', groups: [], until: '' };
export const limits = ['none', 'groups', 'supervised'] as const;

export function isComplete(draft: AssignmentDraft): boolean {
  return draft.role !== null && (draft.limit !== 'groups' || draft.groups.length > 0);
}

export function toAssignment(draft: AssignmentDraft): NewAssignment {
  const [year = 0, month = 1, day = 1] = draft.until.split('-').map(Number);
  return {
    role: draft.role ?? '',
    limit: draft.limit,
    ...(draft.limit === 'groups' ? { groups: draft.groups } : {}),
    ...(draft.until ? { until: new Date(year, month - 1, day + 1).toISOString() } : {}),
  };
}

interface AssignmentFieldsProps {
  draft: AssignmentDraft;
  setDraft: (draft: AssignmentDraft) => void;
  errors?: Record<string, string>;
}

export function AssignmentFields({ draft, setDraft, errors = {} }: AssignmentFieldsProps) {
  const { t } = useTranslation();
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles, staleTime: 60_000 });
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  return (
    <Stack gap="sm">
      <Select
        label={t('assignment.role')}
        data={(roles.data?.items ?? []).map((role) => ({ value: role.key, label: role.name }))}
        value={draft.role}
        error={errors['role']}
        onChange={(role) => setDraft({ ...draft, role })}
      />
      <Select
        label={t('assignment.limit')}
        description={t('assignment.limit_hint')}
        allowDeselect={false}
        data={limits.map((value) => ({ value, label: t(`limit.${value}`) }))}
        value={draft.limit}
        onChange={(limit) => setDraft({ ...draft, limit: limit as NewAssignment['limit'] })}
      />
      {draft.limit === 'groups' && (
        <MultiSelect
          label={t('assignment.groups')}
          searchable
          data={(directory.data?.groups ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={draft.groups}
          error={errors['groups']}
          onChange={(groups) => setDraft({ ...draft, groups })}
        />
      )}
      <TextInput
        type="date"
        label={t('assignment.until')}
        description={t('assignment.until_hint')}
        value={draft.until}
        error={errors['until']}
        onChange={(event) => setDraft({ ...draft, until: event.currentTarget.value })}
      />
    </Stack>
  );
}
