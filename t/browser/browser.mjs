// One browser for a whole run, its windows, and the words in which a run says what it found.
import { createRequire } from 'node:module';
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { text } from 'node:stream/consumers';

// The packages are those of t/peers.
export const packages = createRequire(new URL('../peers/package.json', import.meta.url));
const { chromium } = packages('playwright-core');

export const site = JSON.parse(await text(process.stdin));

// A run that hangs ends.
setTimeout(() => process.exit(3), 240_000).unref();

const browser = await chromium.launch({
    executablePath: site.chromium,
    // Chromium does not run as root with its sandbox; what it shows here is ours alone.
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
});

// ---- What was found

// What a part says is kept until it has ended, so that parts may go on at the same time.
const saying = new AsyncLocalStorage();
const write = (lines) => process.stdout.write(lines.map((what) => JSON.stringify(what) + '\n').join(''));
const say = (what) => saying.getStore()?.push(what) ?? write([what]);

export function ok(right, name, diag) {
    say({ ok: Boolean(right), name, diag: right ? undefined : String(diag ?? '') });
    return Boolean(right);
}

export const is = (got, wanted, name) =>
    ok(JSON.stringify(got) === JSON.stringify(wanted), name, `got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);

export async function subtest(name, body) {
    const said = [{ begin: name }];
    await saying.run(said, async () => {
        try {
            await body();
        } catch (error) {
            ok(false, 'it went to its end', error.stack);
        }
    });
    write([...said, { end: true }]);
}

export async function finish() {
    await browser.close();
}

// ---- Windows

// How Chromium reports that a page said no.
const refused = /^Failed to load resource: .* status of 4\d\d/;

// What a window may not do: ask anybody else, break its policy, throw.
function watch(context) {
    const faults = [];
    context.on('request', (request) => {
        if (!request.url().startsWith(`${site.origin}/`)) faults.push(`asks ${request.url()}`);
    });
    context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()) && !refused.test(message.text())) faults.push(`says ${message.text()}`);
    });
    context.on('weberror', (error) => faults.push(`throws ${error.error()}`));
    return faults;
}

// A window of somebody with that role; `zone` is where he is.
export async function open({ role = 'administrator', script = true, scheme = 'light', width = 1280, height = 900, zone = 'UTC' } = {}) {
    const user = site.users[role];
    const context = await browser.newContext({
        httpCredentials: { username: user, password: `${user}-password`, send: 'always' },
        javaScriptEnabled: script,
        colorScheme: scheme,
        timezoneId: zone,
        viewport: { width, height },
    });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    page.faults = watch(context);
    page.visit = (path) => page.goto(site.base + path);
    return page;
}

export async function close(page, name) {
    if (name) is(page.faults, [], `${name}: nothing is asked of anybody else, nothing breaks the policy`);
    await page.context().close();
}

// ---- Forms

// By what they say. What comes is there whole, with its style sheet.
const go = (page, role, name) => through(page, page.getByRole(role, { name, exact: typeof name === 'string' }).first());
export const press = (page, name) => go(page, 'button', name);
export const follow = (page, name) => go(page, 'link', name);

export async function through(page, locator) {
    await locator.click();
    await page.waitForLoadState('load');
}

// Fields by their names: a text, true or false for a tick.
export async function fill(page, values) {
    for (const [name, value] of Object.entries(values)) {
        const field = page.locator(`[name="${name}"]`).last();
        if (typeof value === 'boolean') await field.setChecked(value);
        else if ((await field.evaluate((node) => node.tagName)) === 'SELECT') await field.selectOption(value);
        else await field.fill(value);
    }
}

export const title = (page) => page.locator('h1').innerText();
export const main = (page) => page.locator('main').innerText();

// ---- Beside the browser

export const tokexctl = (...words) => execFileSync(site.tokexctl[0], [...site.tokexctl.slice(1), ...words], { encoding: 'utf8' });

// Asks until the answer is right, ten seconds at most; gives the last one.
export async function until(ask, right) {
    const end = Date.now() + 10_000;
    for (;;) {
        const answer = await ask();
        if (right(answer) || Date.now() > end) return answer;
        await new Promise((done) => setTimeout(done, 50));
    }
}

// An exchange as any client makes it.
export async function exchange(client, secret, fields) {
    const answer = await fetch(`${site.sts}/token`, {
        method: 'POST',
        headers: { authorization: 'Basic ' + Buffer.from(`${client}:${secret}`).toString('base64') },
        body: new URLSearchParams({
            grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
            subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
            ...fields,
        }),
    });
    return { status: answer.status, ...(await answer.json()) };
}
