/** What a change of rights does: told before, typed where somebody hears more or many lose, and cancelled for nothing. */
import assert from "node:assert/strict";
import { assertAccessible } from "../harness/axe.mjs";
import { screenshot, VIEWS } from "../harness/browser.mjs";
import { apply, applyButton, effectDialog, phraseOf } from "../harness/effect.mjs";
import { claim, useVault } from "../harness/suite.mjs";
import { text } from "../harness/texts.mjs";

const here = useVault();
const json = (method, body, headers = {}) => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const bar = (page) => page.getByRole("region", { name: text("role.changes") });
const barButton = (page, name) =>
  bar(page).getByRole("button", { name: text(name), exact: true });

async function userOf(vault, role) {
  const email = vault.user(role).email;
  return (await vault.api("admin", `/users?q=${encodeURIComponent(email)}`)).items[0];
}

/** Everything that rights hang on. */
async function rights(vault) {
  const of = ["/users", "/roles", "/groups", "/access-groups", "/settings"];
  const all = await Promise.all(of.map((path) => vault.api("admin", path)));
  for (const user of all[0].items) delete user.last_sign_in_at;
  return all;
}

async function beginAssignment(page, user, role) {
  await page.goto(`/users/${user.id}`);
  await page.getByRole("button", { name: text("assignment.add") }).click();
  await page
    .getByRole("combobox", { name: text("assignment.role"), exact: true })
    .click();
  await page.getByRole("option", { name: role, exact: true }).click();
  await page.getByRole("button", { name: text("assignment.add") }).click();
}

async function unassign(vault, user, role) {
  const now = await vault.api("admin", `/users/${user.id}`);
  for (const given of now.assignments.filter((one) => one.role.key === role))
    await vault.api("admin", `/users/${user.id}/assignments/${given.id}`, {
      method: "DELETE",
    });
}

claim(
  "who would hear more is told with the number of conversations, and the button wakes when it is typed",
  here,
  async ({ vault, signIn }) => {
    const lena = await userOf(vault, "analyst");
    const before = await rights(vault);
    const page = await signIn("admin");
    await beginAssignment(page, lena, "Manager");
    const dialog = effectDialog(page);
    await dialog.getByText("1 user gains something.").waitFor();
    await dialog.getByText(lena.name).waitFor();
    await dialog.getByText(/^Play audio recordings: \d+ conversations$/).waitFor();
    await dialog.getByText("Ask why and who for other users").waitFor();
    await dialog.getByText("1 user hears or downloads more than before.").waitFor();
    await screenshot(page, "what-if assignment light");
    await assertAccessible(page, "what an assignment does");
    assert.equal(await applyButton(page).isDisabled(), true);
    await page.keyboard.type("1 gai");
    assert.equal(await applyButton(page).isDisabled(), true);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(await rights(vault), before, "cancelled changes nothing");
    assert.equal(
      await page
        .getByRole("combobox", { name: text("assignment.role"), exact: true })
        .inputValue(),
      "Manager",
      "and loses no input",
    );
    assert.equal(await page.getByRole("alert").count(), 0);

    // Back on the button, by keyboard alone.
    await page.waitForFunction(() => document.activeElement?.textContent === "Add role");
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    const phrase = await phraseOf(page);
    await page.keyboard.type(phrase);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("listitem").filter({ hasText: "Manager" }).first().waitFor();
    const now = await vault.api("admin", `/users/${lena.id}`);
    assert.deepEqual(now.assignments.map(({ role }) => role.key).sort(), ["analyst", "manager"]);

    // Taking it away again needs no typing.
    await page
      .getByRole("button", { name: text("assignment.remove_named", { role: "Manager" }) })
      .click();
    await page
      .getByRole("dialog", { name: text("assignment.remove_title") })
      .getByRole("button", { name: text("action.remove") })
      .click();
    await dialog.getByText("1 user loses something.").waitFor();
    assert.equal(await phraseOf(page), null);
    await screenshot(page, "what-if removal light");
    await apply(page);
    await page
      .getByRole("button", { name: text("assignment.remove_named", { role: "Manager" }) })
      .waitFor({ state: "detached" });
  },
);

claim(
  "above the dialog of an invitation it is cancelled alone, and the invitation is made once",
  here,
  async ({ vault, signIn }) => {
    const page = await signIn("admin");
    await page.goto("/users");
    await page.getByRole("button", { name: text("users.invite") }).click();
    const invitation = page.getByRole("dialog", { name: text("users.invite") });
    await invitation.getByLabel(text("users.name")).fill("Nora Quist");
    await invitation.getByLabel(text("field.email")).fill("nora@example.org");
    await invitation
      .getByRole("combobox", { name: text("assignment.role"), exact: true })
      .click();
    await page.getByRole("option", { name: "Manager", exact: true }).click();
    await invitation.getByRole("button", { name: text("invite.action") }).click();
    await effectDialog(page).getByText("Nora Quist").waitFor();
    await screenshot(page, "what-if invitation light");
    await assertAccessible(page, "what an invitation does");
    await page.keyboard.press("Escape");
    await effectDialog(page).waitFor({ state: "detached" });
    assert.equal(
      await invitation.getByLabel(text("users.name")).inputValue(),
      "Nora Quist",
    );
    assert.equal((await vault.api("admin", "/users?q=nora")).items.length, 0);
    await invitation.getByRole("button", { name: text("invite.action") }).click();
    await apply(page);
    await invitation.getByText(text("invite.made", { name: "Nora Quist" })).waitFor();
    assert.equal((await vault.api("admin", "/users?q=nora")).items.length, 1);
    const [nora] = (await vault.api("admin", "/users?q=nora")).items;
    const version = { "if-match": `"v${nora.version}"` };
    await vault.api("admin", `/users/${nora.id}`, json("PATCH", { state: "disabled" }, version));
  },
);

claim(
  "a preview saves nothing, and what takes something from many is typed",
  here,
  async ({ vault, signIn }) => {
    const { version } = await vault.api("admin", "/settings");
    await vault.api(
      "admin",
      "/settings",
      json(
        "PATCH",
        { organisation: { confirm_losing_more_than: 2 } },
        { "if-match": `"v${version}"` },
      ),
    );
    const { columns } = await vault.api("admin", "/access-groups");
    const before = await rights(vault);
    const page = await signIn("admin");
    await page.goto("/access-groups/new");
    await page
      .getByLabel(text("access_groups.name"), { exact: true })
      .fill("Inbound only");
    const targets = page.getByRole("combobox", {
      name: text("access_groups.targets"),
    });
    for (const name of ["Analyst", "Agent", "Manager"]) {
      await targets.fill(name);
      await page.getByRole("option", { name: new RegExp(name) }).first().click();
    }
    await page.keyboard.press("Escape");
    for (const { column } of columns.filter((one) => one.column !== "notes")) {
      const name = text(`access_groups.column.${column}`);
      await page.getByRole("switch", { name, exact: true }).focus();
      await page.keyboard.press("Space");
    }
    await page
      .getByRole("combobox", { name: text("access_groups.field.directions") })
      .click();
    await page.getByRole("option", { name: text("direction.inbound") }).click();
    await page.keyboard.press("Escape");
    await barButton(page, "effect.look").click();
    const dialog = effectDialog(page);
    await dialog.getByText("9 users lose something.").waitFor();
    await dialog.getByText("Columns: Notes").first().waitFor();
    assert.equal(await applyButton(page).count(), 0);
    await screenshot(page, "what-if access group light");
    await assertAccessible(page, "a preview of what an access group does");
    await dialog.getByRole("button", { name: text("action.close") }).last().click();
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(await rights(vault), before, "a preview saves nothing");

    await barButton(page, "role.save").click();
    await dialog.getByText("9 users lose something that they reach.").waitFor();
    assert.equal(await phraseOf(page), "9 lose");
    assert.equal(await applyButton(page).isDisabled(), true);
    await apply(page);
    await page.getByText(text("access_groups.saved")).waitFor();
    await page.waitForURL(/access-groups\/[0-9a-f-]{36}$/);

    // Deleting it gives all that back, playback too.
    await page
      .getByRole("button", { name: text("role.delete"), exact: true })
      .click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: text("role.delete") })
      .click();
    await dialog.getByText("9 users gain something.").waitFor();
    await apply(page);
    await page.getByText(text("access_groups.empty.title")).waitFor();
  },
);

claim(
  "what is done to a user meanwhile is shown before it is carried out",
  here,
  async ({ vault, signIn }) => {
    const lena = await userOf(vault, "analyst");
    const page = await signIn("admin");
    await beginAssignment(page, lena, "Manager");
    const dialog = effectDialog(page);
    await dialog.getByRole("textbox").fill(await phraseOf(page));
    const sales = (await vault.api("admin", "/groups")).items[0].id;
    await vault.api(
      "admin",
      `/users/${lena.id}/assignments`,
      json("POST", { role: "supervisor", limit: "groups", groups: [sales] }),
    );
    await applyButton(page).click();
    await dialog.getByText(text("effect.changed")).waitFor();
    assert.equal(await dialog.getByRole("textbox").inputValue(), "");
    assert.equal(await applyButton(page).isDisabled(), true);
    await screenshot(page, "what-if changed light");
    await assertAccessible(page, "an effect that changed meanwhile");
    await apply(page);
    await page.getByRole("listitem").filter({ hasText: "Manager" }).first().waitFor();
    for (const role of ["manager", "supervisor"]) await unassign(vault, lena, role);
  },
);

claim(
  "what nobody gains or loses by is done at once",
  here,
  async ({ vault, signIn }) => {
    const role = await vault.api(
      "admin",
      "/roles",
      json("POST", { name: "Held by nobody", clone_of: "agent" }),
    );
    const page = await signIn("admin");
    await page.goto(`/roles/${role.key}`);
    await page.getByLabel(text("roles.name")).fill("Held by nobody yet");
    await barButton(page, "effect.look").click();
    await effectDialog(page).getByText(text("effect.nobody")).waitFor();
    await page.keyboard.press("Escape");
    await barButton(page, "role.save").click();
    await page.getByText(text("role.saved")).waitFor();
    assert.equal(await effectDialog(page).count(), 0);
  },
);

claim(
  "a page with unsaved changes asks before it is left",
  here,
  async ({ vault, signIn }) => {
    const role = await vault.api(
      "admin",
      "/roles",
      json("POST", { name: "Half done", clone_of: "agent" }),
    );
    const page = await signIn("admin");
    await page.goto(`/roles/${role.key}`);
    await page.getByLabel(text("roles.name")).fill("Half finished");
    await page.getByRole("link", { name: text("nav.groups"), exact: true }).click();
    const dialog = page.getByRole("dialog", { name: text("unsaved.title") });
    await dialog.waitFor();
    await assertAccessible(page, "leaving with unsaved changes");
    await dialog.getByRole("button", { name: text("unsaved.stay") }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(await page.getByLabel(text("roles.name")).inputValue(), "Half finished");
    await page.getByRole("link", { name: text("nav.groups"), exact: true }).click();
    await dialog.getByRole("button", { name: text("unsaved.leave") }).click();
    await page.waitForURL(/\/groups$/);
  },
);

for (const [view, options] of Object.entries(VIEWS))
  claim(
    `what a role does to its holders: no axe violation, ${view}`,
    here,
    async ({ vault, signIn }) => {
      const role = await vault.api(
        "admin",
        "/roles",
        json("POST", { name: `Coach ${view}`, clone_of: "agent" }),
      );
      const { items } = await vault.api("admin", "/users?limit=200");
      const held = items.filter(({ name }) => /Khan|Fischer|Reid|Cho|Vogt/.test(name));
      for (const user of held)
        await vault.api(
          "admin",
          `/users/${user.id}/assignments`,
          json("POST", { role: role.key, limit: "none" }),
        );
      const page = await signIn("admin", options);
      await page.goto(`/roles/${role.key}`);
      await page
        .getByRole("radiogroup", { name: "play audio recordings" })
        .getByRole("radio", { name: text("role.word.own"), exact: true })
        .check({ force: true });
      await barButton(page, "role.save").click();
      await effectDialog(page).getByText("5 users gain something.").waitFor();
      await screenshot(page, `what-if role ${view}`);
      await effectDialog(page).locator("summary").first().click();
      await screenshot(page, `what-if role opened ${view}`);
      await assertAccessible(page, `what a role does, ${view}`);
      const wide = await page.evaluate(
        () =>
          document.documentElement.scrollWidth >
          document.documentElement.clientWidth,
      );
      assert.equal(wide, false, "the page scrolls sideways");
      await apply(page);
      await page.getByText(text("role.saved")).waitFor();
      for (const user of held) await unassign(vault, user, role.key);
    },
  );

claim("what a change does is told in German", here, async ({ vault, signIn }) => {
  const lena = await userOf(vault, "analyst");
  const page = await signIn("admin");
  await page.evaluate(() => localStorage.setItem("soundkeep.language", "de"));
  await page.goto(`/users/${lena.id}`);
  await page.getByRole("button", { name: "Rolle geben" }).click();
  await page.getByRole("combobox", { name: "Rolle", exact: true }).click();
  await page.getByRole("option", { name: "Manager", exact: true }).click();
  await page.getByRole("button", { name: "Rolle geben" }).click();
  const dialog = page.getByRole("dialog", { name: "Was das bewirkt" });
  await dialog.getByText("1 Person gewinnt etwas.").waitFor();
  await dialog.getByLabel("Zum Bestätigen „1 gewinnen“ eintippen").waitFor();
  await screenshot(page, "what-if German");
  await dialog.getByRole("button", { name: "Abbrechen" }).click();
});

claim(
  "a program that comes to hear something is shown and confirmed like a person",
  here,
  async ({ vault, signIn }) => {
    const role = await vault.api(
      "admin",
      "/roles",
      json("POST", { name: "Reader of lists", clone_of: "analyst" }),
    );
    const key = json("POST", { name: "Speech lab", role: role.key });
    const made = await vault.api("admin", "/api-keys", key);
    const page = await signIn("admin");
    await page.goto(`/roles/${role.key}`);
    await page
      .getByRole("radiogroup", { name: "play audio recordings" })
      .getByRole("radio", { name: text("role.word.all"), exact: true })
      .click();
    await barButton(page, "role.save").click();
    const dialog = effectDialog(page);
    await dialog.getByText("1 program gains something.").waitFor();
    await dialog.getByText("Speech lab").first().waitFor();
    assert.equal(await applyButton(page).isDisabled(), true);
    await screenshot(page, "what-if program light");
    await assertAccessible(page, "what a change does to a program");
    await apply(page);
    await page.getByText(text("role.saved")).waitFor();
    await vault.api("admin", `/api-keys/${made.id}`, { method: "DELETE" });
  },
);
