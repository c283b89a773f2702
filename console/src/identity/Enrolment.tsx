/** Setting an authenticator app up: its QR code, what to type where there is no camera, and the first code of it. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Enrolment } from '../api/client';
import { Copy } from '../shared/Copy';
import classes from './identity.module.css';
import { QrCode } from './QrCode';

export function EnrolmentSteps({ enrolment }: { enrolment: Enrolment }) {
  const { t } = useTranslation();
  const grouped = enrolment.secret.replace(/(.{4})(?=.)/g, '$1 ');
  return (
    <div className={classes.enrolment}>
      <div className={classes.qr}>
        <QrCode text={enrolment.uri} label={t('steps.qr')} />
      </div>
      <div className={classes.secret}>
        <Text size="sm">{t('steps.no_camera')}</Text>
        <code>{grouped}</code>
        <Copy value={enrolment.secret} label={t('steps.copy_secret')} withText />
      </div>
    </div>
  );
}
