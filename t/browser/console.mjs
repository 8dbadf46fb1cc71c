// The console as people meet it. What a run needs stands in its input, see t/lib/Tokex/ConsoleSite.pm.
import { close, finish, ok, open, site, subtest } from './browser.mjs';
import { bare, each, isPage, judge } from './pages.mjs';
import { firstRun, ids, mended, people, programs, tried } from './stories.mjs';
import { failing, keyboard, roles, scripted } from './use.mjs';

await subtest('pages of an installation that holds nothing', async () => {
    const page = await open();
    for (const route of bare) {
        const answer = await page.request.get(site.base + route.path);
        if (!isPage(answer)) continue;
        await page.visit(route.path);
        await judge(page, route.path, await answer.text(), true);
    }
    await close(page, 'empty pages');
});
await firstRun(false);
await mended();
await tried();
if (process.env.TOKEX_LUA) await programs();
await people();
await roles();
await keyboard();
await scripted();
await failing(false);
await failing(true);
await subtest('every page', async () => {
    const windows = [await open(), await open()];
    const seen = await each(windows, ids, async (page, address, status, html) => {
        if (ok(status === 200, `${address} is there`, status)) await judge(page, address, html);
    });
    ok(seen > 30, `pages are found: ${seen}`);
    for (const page of windows) await close(page, 'all pages');
});
await finish();
