/** What is to be done at the provider, a numbered step each, with our addresses to be copied. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Copy } from '../../shared/Copy';
import { type Address, type Guide, type Protocol, stepsOf } from './guides';
import classes from './providers.module.css';

const numbers = [1, 2, 3, 4, 5];

interface GuideStepsProps {
  guide: Guide;
  protocol: Protocol;
  /** Absent while the short name doesn't fit into them. */
  addresses: Partial<Record<Address, string>> | null;
}

export function GuideSteps({ guide, protocol, addresses }: GuideStepsProps) {
  const { t } = useTranslation();
  const saml = protocol === 'saml';
  const called = (address: Address) =>
    saml ? t(`sso.saml.address.${address}`) : t(`sso.address.${address}`);
  return (
    <ol className={classes.steps}>
      {stepsOf(guide, protocol).map((copied, at) => (
        <li key={at}>
          <Text size="sm">
            {saml ? t(`sso.saml.step.${guide}.${numbers[at]}`) : t(`sso.step.${guide}.${numbers[at]}`)}
          </Text>
          {copied.map((address) => (
            <div key={address} className={classes.address}>
              <Text size="xs" c="dimmed">
                {called(address)}
              </Text>
              {addresses?.[address] ? (
                <div className={classes.copied}>
                  <code>{addresses[address]}</code>
                  <Copy value={addresses[address]} label={t('sso.copy_named', { name: called(address) })} />
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
