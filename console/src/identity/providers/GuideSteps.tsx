/** What is to be done at the provider, a numbered step each, with our addresses to be copied. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Copy } from '../../shared/Copy';
import { type Address, type Guide, steps } from './guides';
import classes from './providers.module.css';

const numbers = [1, 2, 3, 4, 5];

interface GuideStepsProps {
  guide: Guide;
  /** Absent while the short name doesn't fit into them. */
  addresses: Record<Address, string> | null;
}

export function GuideSteps({ guide, addresses }: GuideStepsProps) {
  const { t } = useTranslation();
  return (
    <ol className={classes.steps}>
      {steps[guide].map((copied, at) => (
        <li key={at}>
          <Text size="sm">{t(`sso.step.${guide}.${numbers[at]}`)}</Text>
          {copied.map((address) => (
            <div key={address} className={classes.address}>
              <Text size="xs" c="dimmed">
                {t(`sso.address.${address}`)}
              </Text>
              {addresses ? (
                <div className={classes.copied}>
                  <code>{addresses[address]}</code>
                  <Copy
                    value={addresses[address]}
                    label={t('sso.copy_named', { name: t(`sso.address.${address}`) })}
                  />
                </div>
              ) : (
                <Text size="sm">{t('sso.address_later')}</Text>
              )}
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
