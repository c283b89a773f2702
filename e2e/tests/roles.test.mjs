/** Roles: cloned, edited, given, refused, in conflict; by mouse, by keyboard, on a phone, in German. */
import assert from "node:assert/strict";
import { assertAccessible } from "../harness/axe.mjs";
import { screenshot, VIEWS } from "../harness/browser.mjs";
import { apply } from "../harness/effect.mjs";
import { claim, useVault } from "../harness/suite.mjs";
import { text } from "../harness/texts.mjs";

const here = useVault();
const json = (method, body, headers = {}) => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const made = (vault, body) => vault.api("admin", "/roles", json("POST", body));
const line = (page, meaning) => page.getByRole("radiogroup", { name: meaning });
const word = (page, meaning, value) =>
  line(page, meaning).getByRole("radio", {
    name: text(`role.word.${value}`),
    exact: true,
  });
const bar = (page) => page.getByRole("region", { name: text("role.changes") });
const saveButton = (page) =>
  bar(page).getByRole("button", { name: text("role.save") });
const PLAY = "play audio recordings";

async function open(page, role) {
  await page.goto(`/roles/${role.key}`);
  await page.getByRole("heading", { level: 1, name: role.name }).waitFor();
}

claim(
  "a built-in role is shown, not changed, and cloned into one that is",
  here,
  async ({ signIn }) => {
    const page = await signIn("admin");
    await page.goto("/roles");
    await page.getByRole("link", { name: "Analyst" }).click();
    await page.getByText(text("role.built_in_text")).waitFor();
    assert.equal(await word(page, PLAY, "all").isDisabled(), true);
    await page.getByRole("button", { name: text("roles.clone") }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(text("roles.name")).fill("Reader of HR");
    await dialog.getByRole("button", { name: text("roles.make") }).click();
    await page
      .getByRole("heading", { level: 1, name: "Reader of HR" })
      .waitFor();
    assert.equal(
      await word(page, "see conversation list entries", "all").isChecked(),
      true,
    );
    assert.equal(await word(page, PLAY, "none").isChecked(), true);
  },
);

claim(
  "save wakes when something changed, and the difference is told in words",
  here,
  async ({ vault, signIn }) => {
    const role = await made(vault, { name: "Coach", clone_of: "analyst" });
    const page = await signIn("admin");
    await open(page, role);
    assert.equal(await saveButton(page).isDisabled(), true);
    // By keyboard: into the group, and along its choices.
    await word(page, PLAY, "none").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await word(page, PLAY, "groups").isChecked(), true);
    await bar(page)
      .getByText("Play audio recordings: from “None” to “Groups”")
      .waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.equal(
      await saveButton(page).isDisabled(),
      true,
      "what is as it was is no change",
    );
    await page.keyboard.press("ArrowRight");
    await screenshot(page, "role with a change light");
    await assertAccessible(page, "role with a change");
    await saveButton(page).click();
    await page.getByText(text("role.saved")).waitFor();
    assert.equal(
      (await vault.api("admin", `/roles/${role.key}`)).permissions[
        "recordings.play"
      ],
      "own",
    );
    await page.reload();
    assert.equal(await word(page, PLAY, "own").isChecked(), true);
  },
);

claim(
  "who saved in between is not overwritten",
  here,
  async ({ vault, signIn }) => {
    const role = await made(vault, { name: "Contested", clone_of: "agent" });
    const page = await signIn("admin");
    await open(page, role);
    await word(page, PLAY, "own").check({ force: true });
    const theirs = { permissions: { "audit.view": "yes" } };
    await vault.api(
      "admin",
      `/roles/${role.key}`,
      json("PATCH", theirs, { "if-match": '"v1"' }),
    );
    await saveButton(page).click();
    await bar(page).getByText(text("role.conflict")).waitFor();
    await bar(page).getByText("Read the ledger: from “No” to “Yes”").waitFor();
    await screenshot(page, "role in conflict light");
    await assertAccessible(page, "a conflict");
    await bar(page)
      .getByRole("button", { name: text("role.on_top") })
      .click();
    await saveButton(page).click();
    await page.getByText(text("role.saved")).waitFor();
    const saved = (await vault.api("admin", `/roles/${role.key}`)).permissions;
    assert.deepEqual(
      [saved["audit.view"], saved["recordings.play"]],
      ["yes", "own"],
    );
  },
);

claim(
  "an auditor role is made from its template, given until a day, and can not be deleted while held",
  here,
  async ({ vault, signIn }) => {
    const page = await signIn("admin");
    await page.goto("/roles");
    await page.getByRole("button", { name: text("roles.create") }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(text("roles.name")).fill("Yearly audit");
    await dialog.getByRole("combobox", { name: text("roles.base") }).click();
    await page
      .getByRole("option", { name: text("roles.base_auditor") })
      .click();
    await dialog.getByRole("button", { name: text("roles.make") }).click();
    await page
      .getByRole("heading", { level: 1, name: "Yearly audit" })
      .waitFor();
    assert.equal(await word(page, "read the ledger", "yes").isChecked(), true);
    assert.equal(
      await word(page, "see conversation list entries", "none").isChecked(),
      true,
    );

    const someone = (await vault.api("admin", "/users?q=a")).items.at(-1);
    await page.goto(`/users/${someone.id}`);
    await page.getByRole("button", { name: text("assignment.add") }).click();
    await page
      .getByRole("combobox", { name: text("assignment.role"), exact: true })
      .click();
    await page.getByRole("option", { name: "Yearly audit" }).click();
    await page.getByLabel(text("assignment.until")).fill("2099-12-31");
    await page.getByRole("button", { name: text("assignment.add") }).click();
    await apply(page);
    await page
      .getByRole("listitem")
      .filter({ hasText: "Yearly audit" })
      .getByText("2099")
      .first()
      .waitFor();

    await page.goto("/roles");
    await page
      .getByRole("row", { name: /Yearly audit/ })
      .getByText("1 user")
      .waitFor();
    await page.getByRole("link", { name: "Yearly audit" }).click();
    await page
      .getByRole("button", { name: text("role.delete"), exact: true })
      .click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: text("role.delete") })
      .click();
    await page.getByText(`still held by ${someone.name}`).waitFor();
  },
);

claim("a role that allows nothing says so", here, async ({ vault, signIn }) => {
  const role = await made(vault, { name: "Nothing at all" });
  const page = await signIn("admin");
  await open(page, role);
  await page.getByText("This role allows nothing").waitFor();
  await page.goto("/roles");
  await page
    .getByRole("row", { name: /Nothing at all/ })
    .getByText(text("roles.to_look_at"))
    .waitFor();
});

claim(
  "a name that is taken is refused beside the button, and nothing is lost",
  here,
  async ({ vault, signIn }) => {
    const role = await made(vault, { name: "First", clone_of: "agent" });
    await made(vault, { name: "Second" });
    const page = await signIn("admin");
    await open(page, role);
    await page.getByLabel(text("roles.name")).fill("second");
    await saveButton(page).click();
    await bar(page).getByText("There is a role of this name already").waitFor();
    assert.equal(
      await page.getByLabel(text("roles.name")).inputValue(),
      "second",
    );
  },
);

claim(
  "who does not manage users reads roles and changes none",
  here,
  async ({ vault, signIn }) => {
    const role = await made(vault, { name: "Readable", clone_of: "agent" });
    const page = await signIn("analyst");
    await open(page, role);
    assert.equal(await word(page, PLAY, "all").isDisabled(), true);
    assert.equal(
      await page.getByRole("button", { name: text("roles.clone") }).count(),
      0,
    );
    assert.equal(await saveButton(page).count(), 0);
  },
);

for (const [view, options] of Object.entries(VIEWS))
  claim(
    `page of a role: no axe violation, ${view}`,
    here,
    async ({ vault, signIn }) => {
      const own = await made(vault, {
        name: `Axe ${view}`,
        permissions: { "recordings.play": "all" },
      });
      const page = await signIn("admin", options);
      for (const role of [own, { key: "supervisor", name: "Supervisor" }]) {
        await open(page, role);
        await page.waitForLoadState("networkidle");
        await screenshot(page, `role ${role.name.split(" ")[0]} ${view}`);
        await assertAccessible(page, role.name);
      }
      const wide = await page.evaluate(
        () =>
          document.documentElement.scrollWidth >
          document.documentElement.clientWidth,
      );
      assert.equal(wide, false, "the page scrolls sideways");
    },
  );

claim("the role page speaks German", here, async ({ vault, signIn }) => {
  const role = await made(vault, { name: "Deutsch", clone_of: "agent" });
  const page = await signIn("admin");
  await page.evaluate(() => localStorage.setItem("soundkeep.language", "de"));
  await open(page, role);
  await page
    .getByRole("radiogroup", { name: "Tonaufnahmen anzuhören" })
    .getByRole("radio", { name: "Alle" })
    .check({ force: true });
  const told = page.getByRole("region", { name: "Änderungen" });
  await told
    .getByText("Tonaufnahmen anzuhören: von „Keine“ auf „Alle“")
    .waitFor();
  await screenshot(page, "role German");
});
