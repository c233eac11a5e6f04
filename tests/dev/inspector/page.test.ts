// The inspector's page in a real browser: what is shown, the keys, what is masked, and that it keeps up.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { missingBrowser, startBrowser } from "../../support/browser.ts";
import { until } from "../../support/until.ts";
import { send, type TestPlugin } from "../dev_gateway.ts";
import { type Inspected, startInspected } from "./inspected.ts";

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const guard: TestPlugin = {
  name: "guard",
  priority: 10,
  async access(kong) {
    const key = await kong.request.getHeader("x-api-key");
    if (key === undefined) kong.response.exit(401, { message: "who are you?" });
    await kong.service.request.setHeader("x-guarded", "yes");
    await kong.log.notice("let through");
  },
};

const breaks: TestPlugin = {
  name: "breaks",
  async access(kong) {
    if (await kong.request.getPath() === "/broken") throw new Error("it <b>broke</b>");
  },
};

/** Waits for a text to be seen; if it never is, says what there is instead. */
async function seen(page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor().catch(async (error) => {
    throw new Error(`${error.message}\nThe page shows:\n${await page.innerText("body")}`);
  });
}

const missing = missingBrowser();

// The reason is in the title because Bun and Deno do not print that of a skip.
if (missing !== false) test(missing, { skip: true }, () => {});
else {describe("the inspector's page", () => {
    let browser: Browser;
    let inspected: Inspected;
    let pages: Page[] = [];
    before(async () => {
      browser = await startBrowser();
      inspected = await startInspected([guard, breaks]);
    });
    after(async () => {
      await browser?.close();
      await inspected?.close();
    });
    afterEach(async () => {
      await Promise.all(pages.map((page) => page.context().close()));
      pages = [];
      await inspected.client.order("/api/clear", {});
    });

    /** Opens the page; what it loads, and what goes wrong in it, is written down. */
    async function openPage(viewport = WIDE) {
      const context = await browser.newContext({ viewport, colorScheme: "dark" });
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const page = await context.newPage();
      pages.push(page);
      const faults: string[] = [];
      const loaded: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (line) => line.type() === "error" && faults.push(line.text()));
      page.on("request", (request) => loaded.push(request.url()));
      await page.goto(inspected.client.url);
      await page.getByText("live", { exact: true }).waitFor();
      return { page, faults, loaded };
    }

    const ask = (path: string, headers: readonly string[] = ["x-api-key", "orchard-7f3a"]) =>
      send(inspected.dev.gateway.url, path, { headers });

    const rows = (page: Page) => page.getByRole("option");

    test("lists requests as they come, loads nothing from elsewhere, and makes no error", async () => {
      const { page, faults, loaded } = await openPage();
      await seen(page, "No requests yet");
      await ask("/first?page=2");
      await ask("/second", []);
      await rows(page).nth(1).waitFor();
      const [newest, oldest] = await rows(page).allInnerTexts();
      assert.match(newest!, /401[^]*GET[^]*\/second[^]*guard/);
      assert.match(oldest!, /200[^]*GET[^]*\/first\?page=2/);
      assert.deepEqual(loaded.filter((url) => !url.startsWith(inspected.client.url)), []);
      assert.deepEqual(faults, []);
    });

    test("shows the time line of one, with its calls, and never makes markup of texts", async () => {
      const { page, faults } = await openPage();
      await ask("/broken");
      await rows(page).first().click();
      await seen(page, "breaks failed in access");
      await seen(page, "it <b>broke</b>");
      const calls = page.locator("details.call");
      const names = await calls.locator("summary").allInnerTexts();
      assert.match(names[0]!, /request\.get_header\("x-api-key"\)/);
      assert.match(names[1]!, /service\.request\.set_header\("x-guarded", "yes"\)[^]*round trip/);
      await calls.nth(1).locator("summary").click();
      await calls.nth(1).getByText("kong.service.request.set_header").waitFor();
      assert.deepEqual(faults, []);
    });

    test("shows what cannot run as it is written, until it is mended", async () => {
      const { page } = await openPage();
      const { inspector } = inspected;
      const frame = { file: "/one.ts", line: 2, column: 7, from: 1, lines: ["first", "const = 2"] };
      inspector.showProblems([{ message: "one cannot be loaded: no", remedy: "Mend it.", frame }]);
      const problem = page.getByRole("alert").getByText("one cannot be loaded: no");
      await problem.click();
      await seen(page, "/one.ts:2:7");
      await seen(page, "Mend it.");
      inspector.showProblems([]);
      await problem.waitFor({ state: "detached" });
    });

    test("is used with the keys alone", async () => {
      for (const path of ["/one", "/two", "/three"]) await ask(path);
      const { page } = await openPage();
      await rows(page).nth(2).waitFor();
      const heading = page.getByRole("heading", { level: 2 });
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      await press("ArrowDown");
      await heading.filter({ hasText: "/three" }).waitFor();
      await press("j", "j");
      await heading.filter({ hasText: "/one" }).waitFor();
      await press("2");
      await page.getByRole("columnheader", { name: "to the service" }).waitFor();
      await press("/");
      await page.keyboard.type("/tw");
      await until(async () => await rows(page).count() === 1);
      await press("ArrowDown");
      await heading.filter({ hasText: "/two" }).waitFor();
      await press("/", "Escape", "Escape");
      await until(async () => await rows(page).count() === 3);
      await press("Escape");
      await seen(page, "Choose a request");
      await press("?");
      await page.getByRole("dialog").waitFor();
      await press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await press("x");
      await seen(page, "No requests yet");
    });

    test("shows what is masked when it is asked, and sends again as it was or edited", async () => {
      await ask("/orders");
      const { page } = await openPage();
      await rows(page).first().click();
      await page.getByRole("tab", { name: "Headers" }).click();
      const table = page.getByRole("table").first();
      await table.getByRole("row", { name: /x-api-key/ }).waitFor();
      assert.ok(!(await page.content()).includes("orchard-7f3a"), "it is in the page already");
      await table.getByRole("row", { name: /x-api-key/ }).getByRole("button").first().click();
      await table.getByText("orchard-7f3a").first().waitFor();
      await page.getByRole("button", { name: "Send again" }).click();
      await until(async () => await rows(page).count() === 2);
      await until(async () => (await inspected.client.newest()).status === 200);
      await page.getByRole("button", { name: "Edit" }).click();
      const target = page.getByRole("textbox", { name: "Path" });
      await target.fill("/edited?by=hand");
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await page.getByRole("heading", { level: 2, name: "/edited?by=hand" }).waitFor();
      const edited = await inspected.client.newest();
      assert.equal(edited.target, "/edited?by=hand");
      assert.equal(edited.status, 200, "the masked key was sent along");
    });

    test("copies a request as a curl command that works", async () => {
      await ask("/it's?q=$HOME", ["x-odd", 'a\'b "c" $d']);
      const { page } = await openPage();
      await rows(page).first().click();
      await page.getByRole("button", { name: "curl" }).click();
      await page.getByText(/^Copied/).waitFor();
      const text = await page.evaluate<string>("navigator.clipboard.readText()");
      assert.match(text, /^curl /);
      assert.ok(text.includes(`'${inspected.dev.gateway.url}/it'\\''s?q=$HOME'`), text);
      assert.ok(text.includes(`'x-odd: a'\\''b "c" $d'`), text);
    });

    test("has the width of a phone, with the list or one request", async () => {
      await ask(`/${"long/".repeat(60)}`);
      const { page } = await openPage(PHONE);
      const isWithin = () =>
        page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth");
      await rows(page).first().waitFor();
      assert.ok(await isWithin(), "the list is wider than the screen");
      await rows(page).first().click();
      for (const name of ["Time line", "Headers", "Bodies", "Log", "Plugins"]) {
        await page.getByRole("tab", { name }).click();
        assert.ok(await isWithin(), `${name} is wider than the screen`);
      }
      await page.goBack();
      await rows(page).first().waitFor({ state: "visible" });
    });

    test("under more requests than it lists is not late, and says what is not listed", async () => {
      const { page, faults } = await openPage();
      const total = 700;
      let sent = 0;
      const one = async () => {
        while (sent < total) await ask(`/load/${++sent}`);
      };
      await Promise.all(Array.from({ length: 8 }, one));
      await ask("/the-last");
      // It answers to a click and to keys while and after, and is whole again at the end.
      await rows(page).filter({ hasText: "/the-last" }).click();
      await page.getByRole("heading", { level: 2, name: "/the-last" }).waitFor();
      await seen(page, "201 not listed");
      await until(async () => await rows(page).count() === 500);
      assert.deepEqual(faults, []);
    });
  });}
