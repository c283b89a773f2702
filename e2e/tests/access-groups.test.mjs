/** Access groups: made with a preview, felt by their members, in conflict, deleted; on a phone, in German. */
import assert from "node:assert/strict";
import { assertAccessible } from "../harness/axe.mjs";
import { screenshot, VIEWS } from "../harness/browser.mjs";
import { apply } from "../harness/effect.mjs";
import { claim, useVault } from "../harness/suite.mjs";
import { pattern, text } from "../harness/texts.mjs";

const here = useVault();
const json = (method, body, headers = {}) => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const own = "Rebecca Lane";
const foreign = "Graham Ellis";
const bar = (page) => page.getByRole("region", { name: text("role.changes") });
const saveButton = (page) =>
  bar(page).getByRole("button", { name: text("role.save") });
const column = (page, key) =>
  page.getByRole("switch", {
    name: text(`access_groups.column.${key}`),
    exact: true,
  });
const preview = (page) =>
  page.getByRole("region", { name: text("access_groups.preview") });
const said = async (page) => (await page.locator("body").innerText()).toString();

/** All columns but these, for the demo's manager unless somebody else is named. */
async function made(vault, name, { without = [], rows = {}, targets } = {}) {
  const { columns } = await vault.api("admin", "/access-groups");
  const shown = columns.map((one) => one.column);
  return vault.api(
    "admin",
    "/access-groups",
    json("POST", {
      name,
      rows,
      columns: shown.filter((one) => !without.includes(one)),
      targets: targets ?? [{ kind: "user", id: vault.user("manager").user_id }],
    }),
  );
}

/** Nobody is left limited by what another test made. */
async function clear(vault) {
  const { items } = await vault.api("admin", "/access-groups");
  for (const group of items)
    await vault.api("admin", `/access-groups/${group.id}`, {
      method: "DELETE",
      headers: { "if-match": `"v${group.version}"` },
    });
}

async function open(page, group) {
  await page.goto(`/access-groups/${group.id}`);
  await page.getByRole("heading", { level: 1, name: group.name }).waitFor();
}

claim(
  "an access group is previewed with real rows and saved, and its member sees these rows and columns only",
  here,
  async ({ vault, signIn }) => {
    const page = await signIn("admin");
    await page.getByRole("link", { name: text("nav.access_groups") }).click();
    await page.getByText(text("access_groups.empty.title")).waitFor();
    await page.getByRole("link", { name: text("access_groups.create") }).click();
    await preview(page)
      .getByRole("columnheader", { name: text("column.conversation") })
      .waitFor();
    for (const one of await page.getByRole("switch").all())
      assert.equal(await one.isChecked(), false, "a new one shows nothing");
    assert.equal(await saveButton(page).isDisabled(), true);
    await page
      .getByLabel(text("access_groups.name"), { exact: true })
      .fill("Agency");
    const targets = page.getByRole("combobox", {
      name: text("access_groups.targets"),
    });
    await targets.fill("Marcus");
    await page.getByRole("option", { name: "Marcus Hale" }).click();
    await page.keyboard.press("Escape");
    const numbers = page.getByRole("combobox", {
      name: text("access_groups.field.numbers"),
    });
    await numbers.fill("+1 555*");
    await numbers.press("Enter");
    for (const key of ["started", "contact", "audio", "playback"]) {
      await column(page, key).focus();
      await page.keyboard.press("Space");
    }
    await preview(page).getByText(own).waitFor();
    assert.equal(await preview(page).getByText(foreign).count(), 0);
    assert.deepEqual(
      (await vault.api("admin", "/access-groups")).items,
      [],
      "a preview saves nothing",
    );
    await bar(page).getByText("From now on also for: Marcus Hale").waitFor();
    await bar(page)
      .getByText(
        "Shown from now on: Time, Contact, Audio column, Playback and live listening",
      )
      .waitFor();
    await screenshot(page, "access group new light");
    await assertAccessible(page, "a new access group");
    await saveButton(page).click();
    await apply(page);
    await page.getByText(text("access_groups.saved")).waitFor();
    await page.waitForURL(/access-groups\/[0-9a-f-]{36}$/);
    assert.equal(await saveButton(page).isDisabled(), true);

    const member = await signIn("manager");
    await member.getByText(own).waitFor();
    await screenshot(member, "access group member list");
    const shown = await member.getByRole("columnheader").allInnerTexts();
    assert.deepEqual(
      shown.map((name) => name.trim()),
      [text("column.time"), text("column.contact"), text("column.audio")],
    );
    const list = await said(member);
    for (const hidden of [foreign, "refund", "Inbound", "+1555", "Billing"])
      assert.ok(!list.includes(hidden), `the list says ${hidden}`);
    await member.getByRole("button", { name: text("filter.more") }).click();
    const drawer = member.getByRole("dialog");
    await drawer.getByRole("button", { name: text("filter.show") }).waitFor();
    for (const name of ["tag", "status", "number", "min_seconds"])
      assert.equal(
        await drawer.getByLabel(text(`filter.${name}`)).count(),
        0,
        name,
      );
    await member.keyboard.press("Escape");
    await member
      .getByRole("row", { name: new RegExp(own) })
      .getByRole("link")
      .click();
    await member.getByRole("heading", { level: 1, name: own }).waitFor();
    // Without the duration there is no picture of the sound, and it can be heard all the same.
    await member.getByText(text("player.no_picture")).waitFor();
    await member
      .getByRole("button", { name: text("player.play"), exact: true })
      .click();
    await member
      .getByRole("button", { name: text("player.pause"), exact: true })
      .waitFor();
    await screenshot(member, "access group member page");
    await assertAccessible(member, "a conversation with hidden columns");
    const told = await said(member);
    for (const hidden of ["refund", "Inbound", "+1555", "undefined", "NaN"])
      assert.ok(!told.includes(hidden), `the page says ${hidden}`);
    assert.equal(
      await member.getByRole("tab", { name: text("tab.notes") }).count(),
      0,
    );
    await clear(vault);
  },
);

claim(
  "a saved filter for a hidden column says so and can be cleared in the browser",
  here,
  async ({ vault, signIn }) => {
    await made(vault, "No tags", { without: ["tags"] });
    const page = await signIn("manager");
    await page.goto("/conversations?tag=refund");
    await page.getByText("An access group hides this column from you.").waitFor();
    await assertAccessible(page, "a refused filter");
    await page.getByRole("button", { name: text("filter.clear") }).last().click();
    await page.getByText(own).waitFor();
    assert.ok(!(await said(page)).includes("refund"));
    await clear(vault);
  },
);

claim(
  "without playback the play button is locked and tells why, and the page does",
  here,
  async ({ vault, signIn }) => {
    await made(vault, "Sees and hears nothing", {
      without: ["playback", "download"],
    });
    const page = await signIn("manager");
    await page
      .getByRole("button", { name: pattern("list.why_not_play") })
      .first()
      .click();
    const dialog = page.getByRole("dialog");
    const sentence = /access group “Sees and hears nothing” hides the column “playback”/;
    await dialog.getByText(sentence).waitFor();
    await screenshot(page, "access group playback off");
    await assertAccessible(page, "why not play");
    await page.keyboard.press("Escape");
    assert.equal(
      await page.getByRole("button", { name: pattern("list.play") }).count(),
      0,
    );
    await page
      .getByRole("row", { name: new RegExp(own) })
      .getByRole("link")
      .click();
    await page.getByText(text("recording.denied.title")).waitFor();
    await page.getByText(text("gate.access_group_columns")).first().waitFor();

    // Who manages access groups is told the name.
    const admin = await signIn("admin");
    await admin.goto(`${page.url()}?tab=access`);
    await admin
      .getByRole("combobox", { name: text("access.person") })
      .fill("Marcus");
    await admin.getByRole("option", { name: "Marcus Hale" }).click();
    const entry = admin.getByRole("group").filter({ hasText: "play audio" });
    await entry.locator("summary").click();
    await entry.getByText("Sees and hears nothing").waitFor();
    await screenshot(admin, "access group explained");
    await clear(vault);
  },
);

claim(
  "a page whose audio is hidden says so where the player would be",
  here,
  async ({ vault, signIn }) => {
    await made(vault, "No audio", {
      without: ["audio", "playback", "download"],
    });
    const page = await signIn("manager");
    await page.getByText(own).waitFor();
    assert.equal(
      await page.getByRole("columnheader", { name: text("column.audio") }).count(),
      0,
    );
    await page
      .getByRole("row", { name: new RegExp(own) })
      .getByRole("link")
      .click();
    await page.getByText(text("recording.hidden")).waitFor();
    await screenshot(page, "access group audio hidden");
    await clear(vault);
  },
);

claim(
  "where every column is hidden, rows and pages are there and say nothing",
  here,
  async ({ vault, signIn }) => {
    await vault.api(
      "admin",
      "/access-groups",
      json("POST", {
        name: "Nothing",
        targets: [{ kind: "role", id: "manager" }],
      }),
    );
    const page = await signIn("manager");
    const name = text("conversation.title");
    await page
      .getByRole("columnheader", { name: text("column.conversation") })
      .waitFor();
    assert.equal(await page.getByRole("columnheader").count(), 1);
    assert.equal(await page.getByRole("searchbox").count(), 0);
    await assertAccessible(page, "a list without columns");
    await page.getByRole("row").nth(1).getByRole("link", { name }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.getByText(text("recording.hidden")).waitFor();
    await screenshot(page, "access group nothing");
    await assertAccessible(page, "a page without columns");
    const told = await said(page);
    for (const wrong of ["undefined", "NaN", "Invalid", text("facts.title")])
      assert.ok(!told.includes(wrong), `the page says ${wrong}`);
    await clear(vault);
  },
);

claim(
  "what does not fit an access group is told at its field, and nothing is saved",
  here,
  async ({ vault, signIn }) => {
    const group = await made(vault, "Agency");
    const page = await signIn("admin");
    await open(page, group);
    const numbers = page.getByRole("combobox", {
      name: text("access_groups.field.numbers"),
    });
    await numbers.fill("agency");
    await numbers.press("Enter");
    await page.getByText(/agency: not a number/i).first().waitFor();
    assert.equal(await numbers.getAttribute("aria-invalid"), "true");
    assert.equal(await saveButton(page).isDisabled(), true);
    await bar(page).getByRole("button", { name: text("role.discard") }).click();
    assert.notEqual(await numbers.getAttribute("aria-invalid"), "true");
    await clear(vault);
  },
);

claim(
  "an access group that somebody else changed is not overwritten",
  here,
  async ({ vault, signIn }) => {
    const group = await made(vault, "Contested");
    const page = await signIn("admin");
    await open(page, group);
    await column(page, "tags").click({ force: true });
    await bar(page).getByText("Hidden from now on: Tags").waitFor();
    await vault.api(
      "admin",
      `/access-groups/${group.id}`,
      json(
        "PUT",
        {
          name: "Contested",
          rows: { directions: ["inbound"] },
          columns: group.columns,
          targets: group.targets,
        },
        { "if-match": `"v${group.version}"` },
      ),
    );
    await saveButton(page).click();
    await bar(page).getByText(text("access_groups.conflict")).waitFor();
    await bar(page).getByText("Directions: added Inbound").waitFor();
    await assertAccessible(page, "a conflict of access groups");
    await bar(page).getByRole("button", { name: text("role.on_top") }).click();
    await saveButton(page).click();
    await apply(page);
    await page.getByText(text("access_groups.saved")).waitFor();
    const saved = await vault.api("admin", `/access-groups/${group.id}`);
    assert.deepEqual(saved.rows.directions, ["inbound"]);
    assert.ok(!saved.columns.includes("tags"));
    await clear(vault);
  },
);

claim(
  "deleting an access group tells what opens up, and its member sees it",
  here,
  async ({ vault, signIn }) => {
    const group = await made(vault, "Short-lived", {
      rows: { numbers: ["1555*"] },
      without: ["tags"],
    });
    const page = await signIn("admin");
    await open(page, group);
    await page
      .getByRole("button", { name: text("role.delete"), exact: true })
      .click();
    const dialog = page.getByRole("dialog");
    await dialog
      .getByText(/for: Marcus Hale.*Numbers: 1555\*.*Hides: Tags/)
      .waitFor();
    await dialog.getByRole("button", { name: text("role.delete") }).click();
    await apply(page);
    await page.getByText(text("access_groups.empty.title")).waitFor();
    const member = await signIn("manager");
    await member.getByText(foreign).waitFor();
  },
);

claim(
  "what is odd about an access group is told in its list and on its page",
  here,
  async ({ vault, signIn }) => {
    await made(vault, "Odd one", { without: ["audio"], targets: [] });
    const page = await signIn("admin");
    await page.goto("/access-groups");
    const row = page.getByRole("row", { name: /Odd one/ });
    for (const code of ["assigned_to_nobody", "playback_without_audio"])
      await row.getByText(text(`access_groups.warning.${code}`)).waitFor();
    await row.getByRole("link", { name: "Odd one" }).click();
    await page
      .getByText(text("access_groups.warning.playback_without_audio"))
      .waitFor();
    await clear(vault);
  },
);

claim(
  "who does not manage access groups is not offered them",
  here,
  async ({ signIn }) => {
    const page = await signIn("analyst");
    await page.getByRole("link", { name: text("nav.roles") }).waitFor();
    assert.equal(
      await page.getByRole("link", { name: text("nav.access_groups") }).count(),
      0,
    );
    await page.goto("/access-groups");
    await page.getByText(text("error.denied.title")).waitFor();
  },
);

for (const [view, options] of Object.entries(VIEWS))
  claim(
    `access groups and what their members see: no axe violation, ${view}`,
    here,
    async ({ vault, signIn }) => {
      const group = await made(vault, `Axe ${view}`, {
        rows: { numbers: ["1555*"], tags: ["billing", "sales"] },
        without: ["started", "tags", "notes", "playback", "download"],
      });
      const page = await signIn("admin", options);
      for (const path of ["", "/new", `/${group.id}`]) {
        await page.goto(`/access-groups${path}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForLoadState("networkidle");
        await screenshot(
          page,
          `access groups ${path.length > 9 ? "page" : path.slice(1) || "list"} ${view}`,
        );
        await assertAccessible(page, `access groups ${path}, ${view}`);
        const wide = await page.evaluate(
          () =>
            document.documentElement.scrollWidth >
            document.documentElement.clientWidth,
        );
        assert.equal(wide, false, `${path} scrolls sideways`);
      }
      const member = await signIn("manager", options);
      await member.getByText(own).first().waitFor();
      await screenshot(member, `access group member ${view}`);
      await assertAccessible(member, `a member's list, ${view}`);
      await member.getByRole("link", { name: own }).first().click();
      await member.getByRole("heading", { level: 1, name: own }).waitFor();
      await member.waitForLoadState("networkidle");
      await assertAccessible(member, `a member's page, ${view}`);
      await clear(vault);
    },
  );

claim("the access group page speaks German", here, async ({ vault, signIn }) => {
  const group = await made(vault, "Deutsch", { without: ["tags"] });
  const page = await signIn("admin");
  await page.evaluate(() => localStorage.setItem("soundkeep.language", "de"));
  await open(page, group);
  await page
    .getByRole("switch", { name: "Schlagwörter", exact: true })
    .click({ force: true });
  await page
    .getByRole("region", { name: "Änderungen" })
    .getByText("Ab jetzt gezeigt: Schlagwörter")
    .waitFor();
  await screenshot(page, "access group German");
  await clear(vault);
});
