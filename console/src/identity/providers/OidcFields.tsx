/** How an OpenID provider is reached. It knows nothing of who comes in through it. */
import { PasswordInput, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldsProps } from './fields';
import { suggestions } from './guides';

export function OidcFields({ draft, set, errors, hasSecret }: FieldsProps & { hasSecret: boolean }) {
  const { t } = useTranslation();
  const like = suggestions[draft.guide];
  return (
    <>
      <TextInput
        label={t('sso.issuer')}
        description={t(`sso.issuer_hint.${draft.guide}`)}
        placeholder={like.issuerLike}
        type="url"
        autoComplete="off"
        spellCheck={false}
        value={draft.issuer}
        error={errors['oidc.issuer'] ?? errors['oidc']}
        onChange={(event) => set({ issuer: event.currentTarget.value })}
      />
      <TextInput
        label={t('sso.client_id')}
        autoComplete="off"
        spellCheck={false}
        value={draft.client_id}
        error={errors['oidc.client_id']}
        onChange={(event) => set({ client_id: event.currentTarget.value })}
      />
      <PasswordInput
        label={t('sso.client_secret')}
        description={t(hasSecret ? 'sso.client_secret_kept' : 'sso.client_secret_hint')}
        autoComplete="off"
        value={draft.client_secret}
        error={errors['client_secret']}
        onChange={(event) => set({ client_secret: event.currentTarget.value })}
        visibilityToggleButtonProps={{ 'aria-label': t('sso.show_secret') }}
      />
    </>
  );
}

/** What is asked of it, and under which names it tells it. */
export function ClaimFields({ draft, set, errors }: FieldsProps) {
  const { t } = useTranslation();
  const claims = [
    ['email_claim', 'claims.email'],
    ['name_claim', 'claims.name'],
    ['groups_claim', 'claims.groups'],
  ] as const;
  return (
    <>
      {draft.protocol === 'oidc' && (
        <TagsInput
          label={t('sso.scopes')}
          description={t('sso.scopes_hint')}
          value={draft.scopes}
          error={errors['oidc.scopes']}
          onChange={(scopes) => set({ scopes })}
        />
      )}
      {claims.map(([field, named]) => (
        <TextInput
          key={field}
          label={t(`sso.claim.${field}`)}
          description={t(`sso.claim.${field}_hint`)}
          autoComplete="off"
          spellCheck={false}
          value={draft[field]}
          error={errors[named] ?? (field === 'email_claim' ? errors['claims'] : undefined)}
          onChange={(event) => set({ [field]: event.currentTarget.value })}
        />
      ))}
    </>
  );
}
