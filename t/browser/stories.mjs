// What somebody does with the console, from one page to the next.
import { close, exchange, fill, follow, is, main, ok, open, press, site, subtest, through, title, until } from './browser.mjs';
import { judge } from './pages.mjs';

const partner = site.partner; // { issuer, jwk, token, stranger: a token for somebody else }

export const ids = { issuer: 'partner', client: 'shop', target: 'orders', scope: 'orders.read', mapping: 'claims', procedure: 'nothing' };
let secret;

const saved = async (page) => (await page.locator('.done').innerText()).replace(/\s+/g, ' ');

// ---- From nothing to a token

async function make(page, path, values, button = 'Save') {
    await page.visit(path);
    await fill(page, values);
    await press(page, button);
}

export const firstRun = (script) =>
    subtest(`from an empty installation to the first token, JavaScript ${script ? 'on' : 'off'}`, async () => {
        const page = await open({ script });
        await page.visit('/');
        ok(await page.locator('main a:is([href$="/setup"], [href$="/issuers/new"])').count(), 'the overview says where to begin');
        await make(page, '/issuers/new', {
            id: ids.issuer, name: 'Partner', issuer: partner.issuer, 'keys.1.any': JSON.stringify(partner.jwk), 'algorithms.ES256': true,
        });
        ok(/Saved as change/.test(await saved(page)), 'an issuer is saved, and the page says so');
        is(await title(page), 'Partner', 'on the page of what was saved');
        await make(page, '/scopes/new', { id: ids.scope, description: 'See orders' });
        await make(page, '/targets/new', { id: ids.target, name: 'Orders', audience: 'https://orders.example', [`scopes.${ids.scope}`]: true });
        await make(page, '/mappings/new', { id: ids.mapping, name: 'Claims' });
        await follow(page, 'Add a row');
        await fill(page, { from: 'email', to: 'email' });
        await press(page, 'Save');
        await make(page, '/clients/new', { id: ids.client, name: 'Shop', [`scopes.${ids.scope}`]: true, make_secret: true });
        secret = await page.locator('code.secret').innerText();
        ok(/^[\w-]{43}$/.test(secret), 'the secret of a client is shown');
        ok(/not be able to see it again/.test(await main(page)), 'and that it is shown once');
        await follow(page, 'I have stored it');
        ok(!(await page.content()).includes(secret), 'it is not on the next page');
        await follow(page, 'Add a rule');
        await fill(page, { id: 'first', [`issuers.${ids.issuer}`]: true, [`targets.${ids.target}`]: true, default_target: ids.target });
        await press(page, 'Save');
        ok(/Saved as change/.test(await saved(page)), 'a rule is saved');
        const answer = await until(() => exchange(ids.client, secret, { subject_token: partner.token, scope: ids.scope }), (a) => a.access_token);
        ok(answer.access_token, 'and a token of the partner is exchanged', JSON.stringify(answer));
        await until(async () => (await page.visit('/activity?outcome=granted'), page.locator('tbody tr').count()), (count) => count > 0);
        ok(/granted/.test(await main(page)), 'which stands in Activity');
        await close(page, 'first run');
    });

// ---- Refused, explained, mended

export const mended = () =>
    subtest('a refused exchange is explained and mended', async () => {
        const page = await open({ role: 'editor' });
        const ask = () => exchange(ids.client, secret, { subject_token: partner.stranger, scope: ids.scope });
        const answer = await ask();
        is(answer.error, 'invalid_request', 'a token for somebody else is refused');
        await page.visit('/');
        await follow(page, 'Activity');
        await until(async () => (await page.reload(), page.locator('tbody .status.refused').count()), (count) => count > 0);
        await through(page, page.locator('tbody tr').filter({ has: page.locator('.status.refused') }).getByRole('link').first());
        ids['/activity/receipt'] = new URL(page.url()).searchParams.get('id');
        const said = await main(page);
        ok(/What to do/.test(said), 'the receipt says what to do', said);
        await through(page, page.locator('.steps > *').filter({ has: page.locator('.status.refused') }).getByRole('link', { name: `issuer ${ids.issuer}` }));
        is(await title(page), 'Partner', 'the setting that decided is a link away');
        await follow(page, 'Edit');
        await fill(page, { audiences: 'https://elsewhere.example/sts', reason: 'They know us by that name' });
        await press(page, 'Save');
        ok(/Saved as change/.test(await saved(page)), 'it is changed');
        const again = await until(ask, (a) => a.access_token);
        ok(again.access_token, 'and the same request succeeds', JSON.stringify(again));
        await close(page, 'mending');
    });

// The same question without a request, and a copy of the change taken back.
export const tried = () =>
    subtest('what would happen is asked, and a change is taken back', async () => {
        const page = await open({ role: 'editor' });
        await page.visit(`/try?client=${ids.client}`);
        await fill(page, { subject_token: partner.stranger, scope: ids.scope });
        await press(page, 'Try it');
        ok(/granted/i.test(await page.locator('.verdict').innerText()), 'it would be granted');
        await judge(page, 'a token that would be issued');
        await page.visit(`/issuers/show?id=${ids.issuer}`);
        await follow(page, /^Change \d+$/);
        ok(/They know us by that name/.test(await main(page)), 'the change has its reason');
        await press(page, /^Take change \d+ back$/);
        await page.visit(`/try?client=${ids.client}`);
        await fill(page, { subject_token: partner.stranger, scope: ids.scope });
        await press(page, 'Try it');
        ok(/refused/i.test(await page.locator('.verdict').innerText()), 'it would be refused again');
        await close(page, 'trying');
    });

// ---- Programs

export const programs = () =>
    subtest('a procedure, which only administrators save', async () => {
        const page = await open({ role: 'administrator' });
        await make(page, '/procedures/new', { id: ids.procedure, name: 'Nothing', source: 'function exchange(r)\n    return tokex.OK\nend end' });
        ok(/line:3/.test(await main(page)), 'what does not compile is told with its line');
        await fill(page, { source: 'function exchange(r)\n    return tokex.OK\nend' });
        await press(page, 'Save');
        ok(/Saved as change/.test(await saved(page)), 'and saved when it does');
        await close(page, 'programs');
    });

// ---- People

export const people = () =>
    subtest('an account', async () => {
        const page = await open({ role: 'editor' });
        await make(page, '/accounts/new', { username: 'mira', email: 'mira@home.example' });
        is(await title(page), 'mira', 'an account is added');
        const id = new URL(page.url()).searchParams.get('id');
        for (const verb of ['show', 'edit', 'delete']) ids[`/accounts/${verb}`] = id;
        await make(page, '/links/new', { issuer: ids.issuer, sub: 's-1', account: 'mira' }, 'Link');
        ids['/links/delete'] = { issuer: ids.issuer, sub: 's-1' };
        await close(page, 'people');
    });
