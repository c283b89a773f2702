/**
 * Texts in several languages: which there are, which one is chosen, and how it is kept.
 * It knows nothing of pages; texts live in the JSON files beside it.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { answerIn } from '../api/client';
import de from './de.json';
import en from './en.json';
import { keep, kept } from '../shared/storage';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;
const stored = 'soundkeep.language';

function preferred(): Language {
  const chosen = kept(stored);
  if (chosen && chosen in languages) return chosen as Language;
  const first = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in languages);
  return (first ?? 'en') as Language;
}

/** The language that the organisation decided on, for who has chosen none. */
export function organisationLanguage(language: string) {
  if (kept(stored) || !(language in languages) || i18next.language === language) return;
  void i18next.changeLanguage(language);
}

export function setLanguage(language: Language) {
  keep(stored, language);
  void i18next.changeLanguage(language);
}

export async function startTexts(language: Language = preferred()) {
  i18next.on('languageChanged', (next) => {
    document.documentElement.lang = next;
    answerIn(next);
  });
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: en }, de: { translation: de } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
}
