/** Which provider is added, and how people come in through it. */
import { Radio, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { draftFor } from './draft';
import type { FieldsProps } from './fields';
import { type Guide, guides, type Protocol, protocols } from './guides';
import classes from './providers.module.css';

interface KindFieldsProps extends Pick<FieldsProps, 'draft' | 'set'> {
  /** Nothing was typed yet: what is suggested may follow the choice. */
  untouched: boolean;
}

export function KindFields({ draft, set, untouched }: KindFieldsProps) {
  const { t } = useTranslation();
  const choose = (guide: Guide, protocol: Protocol) => {
    const suggested = draftFor(guide, protocol, guide === 'other' ? '' : t(`sso.guides.${guide}`));
    set(untouched ? suggested : { guide, protocol });
  };
  return (
    <>
      <Radio.Group
        label={t('sso.which')}
        value={draft.guide}
        onChange={(guide) => choose(guide as Guide, draft.protocol)}
      >
        <div className={classes.kinds}>
          {guides.map((guide) => (
            <Radio key={guide} value={guide} label={t(`sso.guides.${guide}`)} />
          ))}
        </div>
      </Radio.Group>
      {protocols.length > 1 ? (
        <Radio.Group
          label={t('sso.how')}
          value={draft.protocol}
          onChange={(protocol) => choose(draft.guide, protocol as Protocol)}
        >
          <div className={classes.kinds}>
            {protocols.map((protocol) => (
              <Radio key={protocol} value={protocol} label={t(`sso.protocols.${protocol}`)} />
            ))}
          </div>
        </Radio.Group>
      ) : (
        <Text size="sm" c="dimmed">
          {t('sso.protocols.oidc')}
        </Text>
      )}
    </>
  );
}
