/**
 * What the organisation decided for those who have chosen nothing: language and time zone.
 * It knows nothing of pages.
 */
import { useEffect } from 'react';
import { organisationLanguage } from '../i18n';
import { organisationZone } from '../shared/zone';
import { useMe } from './session';

export function OrganisationDefaults() {
  const { language, time_zone: timeZone } = useMe().organisation;
  // Before anything below is drawn, so that no time is shown in another zone first.
  organisationZone(timeZone);
  useEffect(() => organisationLanguage(language), [language]);
  return null;
}
