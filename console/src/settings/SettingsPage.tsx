/**
 * The organisation's settings: sections of fields made from what the server says of each setting, saved all or nothing
 * at the version that was read. It knows no setting by name.
 */
import { Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Setting, type SettingChange, type SettingsSection } from '../api/client';
import { codeOf, fieldErrorsOf, ProblemError } from '../api/problem';
import { sessionKey } from '../identity/session';
import { Page } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { Unsaved } from '../shared/Unsaved';
import { useLocale } from '../shared/useLocale';
import { useWeighed } from '../shared/useWeighed';
import { PeopleAddressTest } from './AddressTest';
import { History } from './History';
import { MessageTest } from './MessageTest';
import { settingsKey } from './queries';
import { SaveBar } from './SaveBar';
import { SettingField } from './SettingField';
import classes from './SettingsPage.module.css';
import { patchOf, rebased, shown, type Wishes, withWish } from './wishes';

/** `organisation.key` and `channels.chat.key` as addresses. */
function byAddress(errors: Record<string, string>): Record<string, string> {
  const address = (field: string) => {
    const [where, first = '', second = ''] = field.split('.');
    return where === 'channels' ? `${first}/${second}` : first;
  };
  return Object.fromEntries(Object.entries(errors).map(([field, message]) => [address(field), message]));
}

const theirChanges = (error: unknown): SettingChange[] | null =>
  codeOf(error) === 'precondition_failed' && error instanceof ProblemError
    ? (error.problem.changes ?? [])
    : null;

export function SettingsPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const [wishes, setWishes] = useState<Wishes>({});
  const settings = useQuery({
    queryKey: [...settingsKey, 'document', locale],
    queryFn: api.settings.get,
    // Somebody who is changing something keeps what they look at; a save says what changed meanwhile.
    refetchOnMount: 'always',
  });
  const version = settings.data?.version ?? 0;
  const isChanged = Object.keys(wishes).length > 0;
  const isSaved = (section: SettingsSection, key: string) =>
    !isChanged && section.settings.some((one) => one.key === key && one.value !== '');
  const [asked] = useDebouncedValue(wishes, 250);
  const preview = useQuery({
    queryKey: [...settingsKey, 'preview', version, locale, asked],
    queryFn: () => api.settings.preview(version, patchOf(asked)),
    enabled: isChanged && Object.keys(asked).length > 0 && settings.data !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  const save = useWeighed({
    mutationFn: () => api.settings.change(version, patchOf(wishes)),
    onSuccess: async () => {
      setWishes({});
      toast.done(t('settings.saved'));
      await client.invalidateQueries({ queryKey: settingsKey });
      void client.invalidateQueries({ queryKey: sessionKey });
    },
    onError: (error) => {
      if (theirChanges(error) === null && codeOf(error) !== 'invalid_fields') toast.failed(error);
    },
  });
  const adopt = async () => {
    save.reset();
    const fresh = await settings.refetch();
    if (fresh.data) setWishes(rebased(wishes, fresh.data));
    void client.invalidateQueries({ queryKey: [...settingsKey, 'history'] });
  };
  const theirs = theirChanges(save.error) ?? theirChanges(preview.error);
  const refused = useMemo(
    () => byAddress({ ...fieldErrorsOf(preview.error), ...fieldErrorsOf(save.error) }),
    [preview.error, save.error],
  );
  const trouble =
    Object.keys(refused).length > 0
      ? t('settings.wrong', { count: Object.keys(refused).length })
      : preview.error && theirs === null
        ? messageOf(preview.error, t)
        : null;
  const draft = (setting: Setting) => {
    const value = shown(setting, wishes);
    return Array.isArray(value) ? value : [];
  };
  const upToDate = asked === wishes && preview.data !== undefined && !preview.isPlaceholderData;
  return (
    <Page title={t('settings.title')} subtitle={t('settings.subtitle')}>
      <Unsaved changed={isChanged} />
      {settings.error && <ErrorState error={settings.error} retry={() => void settings.refetch()} />}
      {settings.isPending && <LoadingRows rows={8} />}
      {settings.data && (
        <div className={classes.sections}>
          {settings.data.sections.map((section) => (
            <section key={section.key} className={classes.section} aria-labelledby={`section-${section.key}`}>
              <Title order={2} id={`section-${section.key}`}>
                {section.title}
              </Title>
              {section.settings.map((setting) => (
                <SettingField
                  key={setting.key}
                  setting={setting}
                  wishes={wishes}
                  errors={isChanged ? refused : {}}
                  wish={(of, channel, wish) => {
                    save.reset();
                    setWishes((before) => withWish(before, of, channel, wish));
                  }}
                />
              ))}
              {section.settings.map(
                (setting) =>
                  setting.key === 'console_networks' && (
                    <PeopleAddressTest key={setting.key} draft={draft(setting)} />
                  ),
              )}
              {section.key === 'mail' && <MessageTest kind="mail" ready={isSaved(section, 'mail_host')} />}
              {section.key === 'sms' && <MessageTest kind="sms" ready={isSaved(section, 'sms_url')} />}
            </section>
          ))}
          {isChanged && (
            <SaveBar
              changes={preview.data?.changes ?? []}
              theirs={theirs}
              trouble={trouble}
              ready={upToDate && trouble === null && theirs === null && preview.data.changes.length > 0}
              busy={save.isPending}
              update={() => save.mutate()}
              discard={() => {
                save.reset();
                setWishes({});
              }}
              adopt={() => void adopt()}
            />
          )}
          <History version={version} />
        </div>
      )}
    </Page>
  );
}
