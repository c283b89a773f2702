/** Access tests: written, tried, kept, holding a change up, in conflict, as a file; on a phone, in German. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { assertAccessible } from "../harness/axe.mjs";
import { screenshot, VIEWS } from "../harness/browser.mjs";
import { claim, useVault } from "../harness/suite.mjs";
import { text } from "../harness/texts.mjs";

const here = useVault();
const json = (method, body, headers = {}) => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const bar = (page) => page.getByRole("region", { name: text("role.changes") });
const save = (page) =>
  bar(page).getByRole("button", { name: text("role.save") });
const area = (page) => page.getByLabel(text("access_tests.text"));
const button = (page, key) =>
  page.getByRole("button", { name: text(`access_tests.${key}`), exact: true });

async function keep(vault, kept) {
  const { version } = await vault.api("admin", "/access-tests");
  return vault.api(
    "admin",
    "/access-tests",
    json("PUT", { text: kept }, { "if-match": `"v${version}"` }),
  );
}

async function open(page) {
  await page.goto("/access-tests");
  await area(page).waitFor();
}

claim(
  "access tests are written, tried and kept, and what can not be read is told beside its line",
  here,
  async ({ vault, signIn }) => {
    await keep(vault, "");
    const page = await signIn("admin");
    await page.getByRole("link", { name: text("nav.access_tests") }).click();
    await area(page).waitFor();
    assert.equal(await save(page).isDisabled(), true, "nothing changed yet");
    await area(page).fill(
      "# Sound\nrole Analyst never plays\nrole Supervisor plys\nrole Nobody never sees",
    );
    await button(page, "run_draft").click();
    await page.getByText(/Column 17: “plys” doesn't fit/).waitFor();
    await page.getByText("There is no role “Nobody”.").waitFor();
    await save(page).click();
    await page.getByText(text("access_tests.refused_other", { count: 2 })).waitFor();
    assert.equal((await vault.api("admin", "/access-tests")).text, "");
    await page
      .getByRole("button", { name: text("access_tests.line", { line: 3 }) })
      .first()
      .click();
    const marked = await area(page).evaluate((one) =>
      one.value.slice(one.selectionStart, one.selectionEnd),
    );
    assert.equal(marked, "role Supervisor plys");
    await area(page).fill(
      "# Sound\nrole Analyst never plays\nrole Supervisor never plays",
    );
    await bar(page)
      .getByText(text("access_tests.told.added", { line: "role Analyst never plays" }))
      .waitFor();
    await save(page).click();
    await page.getByText(text("access_tests.saved")).waitFor();
    await page
      .getByText(text("access_tests.some_broken", { broken: 1, all: 2 }))
      .waitFor();
    await page.getByText(/could play audio recordings/).first().waitFor();
    assert.equal(await save(page).isDisabled(), true);
    await assertAccessible(page);
  },
);

claim(
  "a change that would break an access test is refused and names it",
  here,
  async ({ vault, signIn }) => {
    await keep(vault, "role Analyst never plays\nnobody but role Admin deletes");
    const { items } = await vault.api("admin", "/users");
    const analyst = items.find(({ assignments }) =>
      assignments.some(({ role }) => role.key === "analyst"),
    );
    const page = await signIn("admin");
    const answer = await page.evaluate(async (id) => {
      const asked = await fetch(`/api/v1/users/${id}/assignments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ role: "supervisor", limit: "none" }),
      });
      return { status: asked.status, problem: await asked.json() };
    }, analyst.id);
    page.complaints.length = 0;
    assert.equal(answer.status, 409);
    assert.equal(answer.problem.code, "access_test_broken");
    assert.match(answer.problem.detail, /line 1, “role Analyst never plays”/);
    await open(page);
    await button(page, "run").click();
    await page.getByText(text("access_tests.all_hold_other", { count: 2 })).waitFor();
    await keep(vault, "");
  },
);

claim(
  "what somebody else saved in between is shown and not overwritten",
  here,
  async ({ vault, signIn }) => {
    await keep(vault, "role Agent sees only own");
    const page = await signIn("admin");
    await open(page);
    await area(page).fill("role Agent sees only own\nrole Analyst never plays");
    await keep(vault, "role Agent sees only own\nnobody but role Admin deletes");
    await save(page).click();
    await page.getByText(text("access_tests.conflict")).waitFor();
    page.complaints.length = 0;
    await bar(page)
      .getByText(text("access_tests.told.added", { line: "nobody but role Admin deletes" }))
      .waitFor();
    await bar(page)
      .getByRole("button", { name: text("access_tests.keep_mine") })
      .click();
    await save(page).click();
    await page.getByText(text("access_tests.saved")).waitFor();
    const kept = await vault.api("admin", "/access-tests");
    assert.equal(kept.text, "role Agent sees only own\nrole Analyst never plays");
  },
);

claim(
  "access tests leave as a file and come back from one",
  here,
  async ({ vault, signIn }) => {
    const kept = "# Kept in a repository\nrole Analyst never plays\n";
    await keep(vault, kept);
    const page = await signIn("admin");
    await open(page);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      button(page, "export").click(),
    ]);
    assert.equal(download.suggestedFilename(), "access-tests.txt");
    assert.equal(await readFile(await download.path(), "utf8"), kept);
    const file = {
      name: "access-tests.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("role Analyst never plays\r\nrole Agent sees only own\r\n"),
    };
    await page.locator("input[type=file]").setInputFiles(file);
    await bar(page)
      .getByText(text("access_tests.told.added", { line: "role Agent sees only own" }))
      .waitFor();
    await save(page).click();
    await page.getByText(text("access_tests.saved")).waitFor();
    const now = await vault.api("admin", "/access-tests");
    assert.equal(now.text, "role Analyst never plays\nrole Agent sees only own\n");
  },
);

claim(
  "who may only ask why runs access tests and changes none",
  here,
  async ({ vault, signIn }) => {
    await keep(vault, "role Analyst never plays");
    const page = await signIn("manager");
    await page.getByRole("link", { name: text("nav.access_tests") }).click();
    await area(page).waitFor();
    assert.equal(await area(page).isEditable(), false);
    assert.equal(await bar(page).count(), 0);
    await button(page, "run").click();
    await page.getByText(text("access_tests.all_hold_one")).waitFor();
  },
);

for (const [view, options] of Object.entries(VIEWS))
  claim(
    `access tests: no axe violation, ${view}`,
    here,
    async ({ vault, signIn }) => {
      await keep(
        vault,
        "# Analysts count; they don't listen.\nrole Analyst never plays\nrole Supervisor never hears\n\nnobody but role Admin deletes",
      );
      const page = await signIn("admin", options);
      await open(page);
      await screenshot(page, `access tests ${view}`);
      await area(page).fill(
        `${await area(page).inputValue()}\nrole Supervisor plys`,
      );
      await button(page, "run_draft").click();
      await page.getByText(text("access_tests.some_broken", { broken: 2, all: 4 })).waitFor();
      await screenshot(page, `access tests run ${view}`);
      await assertAccessible(page, `access tests, ${view}`);
      const wide = await page.evaluate(
        () =>
          document.documentElement.scrollWidth >
          document.documentElement.clientWidth,
      );
      assert.equal(wide, false, "the page scrolls sideways");
    },
  );

claim(
  "access tests speak German",
  here,
  async ({ vault, signIn }) => {
    await keep(vault, "role Analyst never plays\nrole Supervisor never hears");
    const page = await signIn("admin");
    await page.evaluate(() => localStorage.setItem("soundkeep.language", "de"));
    await page.goto("/access-tests");
    await page.getByRole("heading", { level: 1, name: "Zugriffstests" }).waitFor();
    await page.getByRole("button", { name: "Prüfen", exact: true }).click();
    await page.getByText("1 von 2 stimmen nicht.").waitFor();
    await page.getByText(/wäre erlaubt, Tonaufnahmen anzuhören/).first().waitFor();
    await screenshot(page, "access tests german");
    await keep(vault, "");
  },
);
