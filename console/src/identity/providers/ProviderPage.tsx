/**
 * One sign-in provider, a new one or one that is there: what is to be done at the provider beside what is typed here.
 * Nothing is saved over what somebody else saved, and a client secret is sent only when it was typed.
 */
import { Anchor, Group, Text, TextInput } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type IdentityProvider } from '../../api/client';
import { codeOf, fieldErrorsOf } from '../../api/problem';
import { ChangeBar, Differences } from '../../shared/ChangeBar';
import { ago, capital } from '../../shared/format';
import { Page, Panel } from '../../shared/Page';
import { ErrorState, LoadingRows } from '../../shared/states';
import { messageOf, useToast } from '../../shared/toast';
import { Unsaved } from '../../shared/Unsaved';
import { useLocale } from '../../shared/useLocale';
import { useWeighed } from '../../shared/useWeighed';
import { Certificates } from './Certificates';
import { changed, draftFor, draftOf, type Field, onTop, type ProviderDraft, wishOf } from './draft';
import { GuideSteps } from './GuideSteps';
import { addressesOf } from './guides';
import { KindFields } from './KindFields';
import { areComplete, MappingFields } from './MappingFields';
import { ClaimFields, OidcFields } from './OidcFields';
import { PeopleFields } from './PeopleFields';
import { ProviderActions } from './ProviderActions';
import classes from './providers.module.css';
import { ProviderState } from './ProvidersPage';
import { SamlFields } from './SamlFields';
import { TestResult } from './TestResult';

export function NewProviderPage() {
  return <Editor key="new" provider={null} />;
}

export function ProviderPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const provider = useQuery({
    queryKey: ['identity-provider', id],
    queryFn: () => api.providers.get(id),
    // Read anew for each visit: what is edited is what holds.
    staleTime: 0,
    gcTime: 0,
  });
  if (provider.data) return <Editor key={id} provider={provider.data} />;
  return (
    <Page title={t('sso.one')} above={<Above />}>
      {provider.error ? (
        <ErrorState error={provider.error} retry={() => void provider.refetch()} />
      ) : (
        <LoadingRows rows={10} />
      )}
    </Page>
  );
}

function Above() {
  const { t } = useTranslation();
  return (
    <Anchor
      component={Link}
      to="/sign-in-providers"
      size="sm"
      mb="xs"
      display="inline-flex"
      style={{ gap: 6, alignItems: 'center' }}
    >
      <IconArrowLeft size={16} stroke={1.8} aria-hidden />
      {t('sso.title')}
    </Anchor>
  );
}

/** The draft of a page, what it is compared with, and how it is saved. */
function useEditor(provider: IdentityProvider | null) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [saved, setSaved] = useState(provider);
  const [fresh] = useState(() => draftFor('okta', 'oidc', t('sso.guides.okta')));
  const base = saved ? draftOf(saved) : fresh;
  const [draft, setDraft] = useState(base);
  const [theirs, setTheirs] = useState<IdentityProvider | null>(null);
  const settle = (now: IdentityProvider) => {
    setSaved(now);
    setDraft(draftOf(now));
    setTheirs(null);
  };
  const wish = () => wishOf(draft, saved?.state ?? 'off');
  const look = useMutation({
    mutationFn: async () => {
      if (saved) await api.providers.whatIf(saved, wish());
    },
    onError: toast.failed,
  });
  const save = useWeighed({
    mutationFn: () =>
      saved ? api.providers.change(saved.id, saved.version, wish()) : api.providers.create(wish()),
    onSuccess: async (now) => {
      toast.done(t(saved ? 'state.saved' : 'sso.created'));
      settle(now);
      if (!saved)
        void navigate({
          to: '/sign-in-providers/$id',
          params: { id: now.id },
          replace: true,
          ignoreBlocker: true,
        });
      await client.invalidateQueries({ queryKey: ['identity-providers'] });
    },
    onError: async (error) => {
      if (saved && codeOf(error) === 'precondition_failed') setTheirs(await api.providers.get(saved.id));
    },
  });
  const set = (part: Partial<ProviderDraft>) => {
    if (save.error && !theirs) save.reset();
    setDraft((now) => ({ ...now, ...part }));
  };
  return { saved, base, draft, setDraft, set, theirs, settle, look, save };
}

function Editor({ provider }: { provider: IdentityProvider | null }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tested } = useSearch({ strict: false }) as { tested?: string };
  const { saved, base, draft, setDraft, set, theirs, settle, look, save } = useEditor(provider);
  const found = changed(base, draft);
  const errors = Object.fromEntries(
    Object.entries(fieldErrorsOf(save.error)).map(([field, message]) => [field, capital(message)]),
  );
  const fields = { draft, set, errors };
  const told = save.error && !['precondition_failed', 'invalid_fields'].includes(codeOf(save.error));
  const wrong = Object.keys(errors).length > 0;
  return (
    <Page
      wide
      above={<Above />}
      title={saved?.name ?? t('sso.add')}
      subtitle={
        saved ? (
          <Group gap="md" component="span">
            <ProviderState state={saved.state} />
            <span>{t(`sso.protocols.${saved.protocol}`)}</span>
            <span>
              {saved.tested_at
                ? t('sso.tested_when', { when: ago(saved.tested_at, locale, new Date()) })
                : t('sso.untested')}
            </span>
          </Group>
        ) : (
          t('sso.add_subtitle')
        )
      }
      actions={saved && <ProviderActions provider={saved} changed={found.length > 0} settle={settle} />}
    >
      <Unsaved changed={found.length > 0} />
      {saved && tested && <TestResult provider={saved} />}
      <div className={classes.columns}>
        <div className={classes.column}>
          {!saved && (
            <Panel title={t('sso.kind')}>
              <div className={classes.fields}>
                <KindFields
                  {...fields}
                  untouched={draft.client_id === '' && draft.entity_id === '' && draft.domains.length === 0}
                />
              </div>
            </Panel>
          )}
          <Panel title={t('sso.here')}>
            <div className={classes.fields}>
              <NameFields {...fields} isNew={!saved} />
              {draft.protocol === 'oidc' && <OidcFields {...fields} hasSecret={saved?.has_secret ?? false} />}
              {draft.protocol === 'saml' && <SamlFields {...fields} />}
            </div>
          </Panel>
        </div>
        <Panel
          title={
            draft.guide === 'other'
              ? t('sso.at_provider')
              : t('sso.there', { name: t(`sso.guides.${draft.guide}`) })
          }
        >
          <GuideSteps
            guide={draft.guide}
            protocol={draft.protocol}
            addresses={saved?.addresses ?? addressesOf(draft.slug, draft.protocol)}
          />
        </Panel>
        {saved?.protocol === 'saml' && (
          <Panel title={t('sso.saml.certificates')}>
            <Certificates provider={saved} changed={found.length > 0} settle={settle} />
          </Panel>
        )}
        <Panel title={t('sso.people')}>
          <div className={classes.fields}>
            <PeopleFields {...fields} />
          </div>
        </Panel>
        <Panel title={t('sso.claims')}>
          <Text size="sm" c="dimmed" mb="sm">
            {t(draft.protocol === 'saml' ? 'sso.saml.claims_text' : 'sso.claims_text')}
          </Text>
          <div className={classes.fields}>
            <ClaimFields {...fields} />
          </div>
        </Panel>
      </div>
      <div className={classes.below}>
        <Panel title={t('sso.mappings')}>
          <Text size="sm" c="dimmed" mb="sm">
            {t(draft.groups_claim ? 'sso.mappings_text' : 'sso.mappings_none')}
          </Text>
          <MappingFields {...fields} />
        </Panel>
      </div>
      <ChangeBar
        told={found.length === 0 && saved ? null : <Told fields={found} isNew={!saved} />}
        troubles={[
          !areComplete(draft.mappings) && t('sso.mappings_incomplete'),
          told && messageOf(save.error, t),
          wrong && Object.values(errors).join('. '),
        ]}
        ready={draft.name.trim() !== '' && draft.slug !== '' && areComplete(draft.mappings) && !wrong}
        discard={() => {
          setDraft(base);
          save.reset();
        }}
        // A provider that isn't there yet gives nobody anything.
        {...(saved && { look: { run: () => look.mutate(), busy: look.isPending } })}
        save={{ run: () => save.mutate(), busy: save.isPending }}
        conflict={
          theirs && {
            title: t('sso.conflict'),
            told: <Told fields={changed(base, draftOf(theirs))} isNew={false} />,
            action: t('role.on_top'),
            keep: () => {
              const typed = onTop(draftOf(theirs), base, draft);
              settle(theirs);
              setDraft(typed);
              save.reset();
            },
            discard: () => {
              settle(theirs);
              save.reset();
            },
          }
        }
      />
    </Page>
  );
}

interface NameFieldsProps {
  draft: ProviderDraft;
  set: (part: Partial<ProviderDraft>) => void;
  errors: Record<string, string>;
  isNew: boolean;
}

function NameFields({ draft, set, errors, isNew }: NameFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        label={t('sso.name')}
        description={t('sso.name_hint')}
        maxLength={80}
        value={draft.name}
        error={errors['name']}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      {isNew && (
        <TextInput
          label={t('sso.slug')}
          description={t('sso.slug_hint')}
          maxLength={40}
          autoComplete="off"
          spellCheck={false}
          value={draft.slug}
          error={errors['slug']}
          onChange={(event) => set({ slug: event.currentTarget.value.toLowerCase() })}
        />
      )}
    </>
  );
}

function Told({ fields, isNew }: { fields: Field[]; isNew: boolean }) {
  const { t } = useTranslation();
  if (isNew) return <Differences sentences={[t('sso.not_created')]} />;
  return (
    <Differences
      sentences={[t('sso.differs', { list: fields.map((field) => t(`sso.field.${field}`)).join(', ') })]}
    />
  );
}
