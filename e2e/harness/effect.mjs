/** What a change of rights does, as it is shown before it is carried out. */
import { text } from "./texts.mjs";

export const effectDialog = (page) =>
  page.getByRole("dialog", { name: text("effect.title") });
export const applyButton = (page) =>
  effectDialog(page).getByRole("button", { name: text("effect.act") });

/** What is to be typed; nothing when nothing is. */
export async function phraseOf(page) {
  await effectDialog(page).waitFor();
  const field = effectDialog(page).getByRole("textbox");
  if ((await field.count()) === 0) return null;
  const label = await field.evaluate((input) => input.labels[0].textContent);
  return label.match(/[“„](.*)[”“]/)[1];
}

/** Carries out what is shown, as somebody who has read it. */
export async function apply(page) {
  const phrase = await phraseOf(page);
  if (phrase) await effectDialog(page).getByRole("textbox").fill(phrase);
  await applyButton(page).click();
  await effectDialog(page).waitFor({ state: "detached" });
}
