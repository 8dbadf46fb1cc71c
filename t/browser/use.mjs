// How the console is used: forms that fail, roles, the keyboard, what a script adds.
import { close, fill, follow, is, main, ok, open, press, site, subtest, title, until } from './browser.mjs';
import { addressOf, judge } from './pages.mjs';
import { ids } from './stories.mjs';

// ---- Forms that fail

// The summary of a page that answered 422: where the focus is, and where its links lead.
async function summary(page, name, script) {
    ok((await page.title()).startsWith('Error: '), `${name}: the title begins with "Error: "`, await page.title());
    // Chromium moves the focus with the first frame that it paints.
    const focused = () => page.evaluate(() => document.activeElement?.matches('.summary'));
    ok(await until(focused, Boolean), `${name}: the summary has the focus`);
    is(await page.locator('.summary h2').innerText(), 'There is a problem', `${name}: it says so`);
    const links = page.locator('.summary a');
    const lost = await links.evaluateAll((all) => all.map((a) => decodeURIComponent(a.hash.slice(1))).filter((id) => !document.getElementById(id)));
    is(lost, [], `${name}: each link has its field`);
    if (!(await links.count())) return;
    await links.first().click();
    const there = await links.first().evaluate((a) => document.activeElement?.id === decodeURIComponent(a.hash.slice(1)));
    ok(there, `${name}: a link brings the focus into its field`);
    if (script) await judge(page, `${name}, refused`, await page.content());
}

// Every form that takes an object, as the table lists them, with nothing in it that is good.
const forms = site.routes.filter((route) => route.method === 'POST' && route.members.length);

export const failing = (script) =>
    subtest(`forms that fail, JavaScript ${script ? 'on' : 'off'}`, async () => {
        const page = await open({ role: 'editor', script });
        let seen = 0;
        for (const route of forms) {
            const get = site.routes.find((other) => other.method === 'GET' && other.path === route.path);
            const address = get && addressOf(get, ids);
            if (!address || /\/edit$/.test(route.path)) continue;
            await page.visit(address);
            const save = page.getByRole('button', { name: 'Save', exact: true });
            if (!(await save.count())) continue;
            const bad = 'no such thing <b>';
            const texts = page.locator('main input:is([type=text], :not([type])):not([readonly]):visible');
            for (const field of await texts.all()) await field.fill(bad);
            await press(page, 'Save');
            if (!ok(await page.locator('.summary').count(), `${route.path}: is not saved`, await main(page))) continue;
            await summary(page, route.path, script && seen < 2);
            is(await texts.first().inputValue(), bad, `${route.path}: what was written is still there`);
            seen++;
        }
        ok(seen > 4, `forms are found: ${seen}`);
        await page.visit(`/clients/delete?id=${ids.client}`);
        await fill(page, { confirm: 'another' });
        await press(page, 'Delete');
        await summary(page, 'deleting', script);
        await close(page, 'failing forms');
    });

// ---- Roles

// What leads to routes of other roles than the viewer's.
async function closed(page) {
    const ways = await page.evaluate(() => [
        ...[...document.querySelectorAll('main a[href]')].map((a) => `GET ${a.pathname}`),
        ...[...document.querySelectorAll('main form')].map((form) => `${form.method.toUpperCase()} ${new URL(form.action).pathname}`),
    ]);
    const base = new URL(site.base).pathname;
    return ways.filter((way) => site.routes.some((route) => route.role !== 'viewer' && way === `${route.method} ${base}${route.path}`));
}

export const roles = () =>
    subtest('roles', async () => {
        const viewer = await open({ role: 'viewer' });
        for (const route of site.routes.filter((route) => route.method === 'GET' && route.noun && route.role === 'viewer')) {
            await viewer.visit(addressOf(route, ids));
            is(await closed(viewer), [], `a viewer is shown nothing on ${route.path} that is closed to him`);
        }
        const answer = await viewer.visit('/clients/new');
        is(answer.status(), 403, 'and who goes there all the same');
        ok(/needs the role editor, and yours is viewer\. Those who may: .*edith.*adam/.test(await main(viewer)), 'is told which role it takes, and who has it', await main(viewer));
        await judge(viewer, 'a refusal', undefined);
        await close(viewer, 'as a viewer');
        const editor = await open({ role: 'editor' });
        await editor.visit('/transfer');
        is(await editor.locator('textarea').count(), 0, 'an editor is shown no import');
        is((await editor.visit('/nowhere')).status(), 404, 'a page that is not there');
        await judge(editor, 'no page', undefined);
        await close(editor, 'as an editor');
    });

// ---- The keyboard

// What has the focus: where it is, and how it is seen.
const focus = (page) =>
    page.evaluate(() => {
        const node = document.activeElement, box = node.getBoundingClientRect(), style = getComputedStyle(node);
        const controls = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')].filter(
            (other) => other.tabIndex >= 0 && other.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }));
        return {
            place: controls.indexOf(node),
            count: controls.length,
            html: node.outerHTML.slice(0, 100),
            outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
            shown: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        };
    });

export const keyboard = () =>
    subtest('keyboard alone', async () => {
        const page = await open({ role: 'editor', script: false });
        for (const path of ['/clients', `/clients/show?id=${ids.client}`, '/targets/new']) {
            await page.visit(path);
            await page.keyboard.press('Tab');
            const first = await focus(page);
            ok(/class="skip"/.test(first.html) && first.shown, `${path}: the first stop skips to the content, and is seen`, first.html);
            const wrong = [];
            let last = first;
            for (let i = 1; i < first.count; i++) {
                await page.keyboard.press('Tab');
                const now = await focus(page);
                // The radio buttons of a group are one stop.
                if (now.place <= last.place || !now.outline || !now.shown) wrong.push(`${now.html} at ${now.place} of ${now.count} after ${last.place}, outline ${now.outline}, shown ${now.shown}`);
                last = now;
                if (now.place === now.count - 1) break;
            }
            is(wrong, [], `${path}: each stop comes after the one before it, has an outline and is in sight`);
            is(last.place, last.count - 1, `${path}: every control is reached`);
        }
        await page.visit('/scopes');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        is(await page.evaluate(() => document.activeElement?.id ?? location.hash), 'content', 'the skip link leads into the content');
        await page.visit('/scopes/new');
        await page.locator('[name=id]').focus();
        await page.keyboard.type('by.hand');
        await page.keyboard.press('Tab');
        await page.keyboard.type('Typed');
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/scopes\/show\?id=by\.hand/);
        is(await title(page), 'by.hand', 'a form is filled in and sent');
        await close(page, 'by keyboard');
    });

// ---- What a script adds

export const scripted = () =>
    subtest('copy buttons, local times, keys, colours of choice', async () => {
        const page = await open({ role: 'editor', zone: 'Asia/Tokyo' });
        await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: site.origin });
        await page.visit(`/activity/receipt?id=${ids['/activity/receipt']}`);
        await page.getByRole('button', { name: 'Copy receipt' }).click();
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        is(await page.evaluate(() => navigator.clipboard.readText()), ids['/activity/receipt'], 'a receipt is copied');
        const time = await page.locator('dd time').first().getAttribute('datetime');
        const here = new Date(Date.parse(time) + 9 * 3600_000).toISOString().slice(11, 16);
        ok((await page.locator('dd .local').first().innerText()).includes(`${here} here`), 'a time stands there as the clock here has it too');
        await page.visit(`/clients/secret?id=${ids.client}`);
        await fill(page, { drop: true });
        await press(page, 'Make a new secret');
        await page.getByRole('button', { name: 'Copy secret' }).click();
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        is(await page.evaluate(() => navigator.clipboard.readText()), await page.locator('code.secret').innerText(), 'a secret is copied');

        const focused = () => page.evaluate(() => document.activeElement?.id);
        await page.visit('/clients');
        await page.keyboard.press('/');
        is(await focused(), 'q', 'a slash leads to the search');
        await page.keyboard.type('?/n');
        is(await page.locator('#q').inputValue(), '?/n', 'where keys are text');
        await page.locator('h1').click();
        await page.keyboard.press('?');
        ok(await page.getByRole('dialog', { name: 'Keys on this page' }).isVisible(), 'a question mark lists the keys');
        await judge(page, 'the list of keys', undefined);
        await page.keyboard.press('Escape');
        await follow(page, 'Display');
        await fill(page, { keys: false });
        await page.getByLabel('Dark').check();
        await press(page, 'Keep');
        is(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(20, 23, 26)', 'dark, although the system is light');
        await page.visit('/clients');
        await page.keyboard.press('/');
        ok((await focused()) !== 'q', 'single keys are off');
        await page.keyboard.press('?');
        is(await page.locator('dialog[open]').count(), 0, 'all of them');
        await close(page, 'with its script');

        const without = await open({ role: 'editor', script: false, scheme: 'dark' });
        await without.visit('/display');
        await without.getByLabel('Light').check();
        await press(without, 'Keep');
        ok(await without.locator('.done').count(), 'without a script it is kept too');
        is(await without.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(246, 246, 243)', 'and light, although the system is dark');
        await close(without, 'without a script');
    });
