/** Who comes in through a provider, and what counts of what it says of them. */
import { Checkbox, NumberInput, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldsProps } from './fields';

export function PeopleFields({ draft, set, errors }: FieldsProps) {
  const { t } = useTranslation();
  const choices = ['vouches_for_email', 'creates_users', 'second_factor_counts'] as const;
  return (
    <>
      <TagsInput
        label={t('sso.domains')}
        description={t('sso.domains_hint')}
        placeholder={draft.domains.length === 0 ? 'example.org' : ''}
        value={draft.domains}
        error={errors['domains']}
        onChange={(domains) => set({ domains })}
      />
      {choices.map((field) => (
        <Checkbox
          key={field}
          label={t(`sso.${field}`)}
          description={
            field === 'vouches_for_email' && draft.guide === 'entra'
              ? t('sso.vouches_for_email_entra')
              : t(`sso.${field}_hint`)
          }
          checked={draft[field]}
          onChange={(event) => set({ [field]: event.currentTarget.checked })}
        />
      ))}
      {draft.second_factor_counts && (
        <TagsInput
          label={t('sso.contexts')}
          description={t('sso.contexts_hint')}
          value={draft.second_factor_contexts}
          error={errors['second_factor_contexts']}
          onChange={(contexts) => set({ second_factor_contexts: contexts })}
        />
      )}
      <NumberInput
        label={t('sso.hours')}
        description={t('sso.hours_hint')}
        min={0}
        max={720}
        allowDecimal={false}
        maw={360}
        value={draft.sign_in_hours_max}
        error={errors['sign_in_hours_max']}
        onChange={(hours) => set({ sign_in_hours_max: Number(hours) || 0 })}
      />
    </>
  );
}
