// The console as people meet it. What a run needs stands in its input, see t/lib/Tokex/ConsoleSite.pm.
import { close, finish, ok, open, subtest } from './browser.mjs';
import { bare, each, gets, judge } from './pages.mjs';
import { firstRun, ids, mended, people, programs, tried } from './stories.mjs';
import { failing, keyboard, roles, scripted } from './use.mjs';

await subtest('pages of an installation that holds nothing', async () => {
    const windows = [await open(), await open()];
    const seen = await each(windows, bare, {}, (page, address, status, html) => judge(page, address, html, true));
    ok(seen > 15, `pages are found: ${seen}`);
    for (const page of windows) await close(page, 'empty pages');
});
await firstRun(false);
await mended();
await tried();
await Promise.all([process.env.TOKEX_LUA ? programs() : undefined, people()]);
// Nobody of these changes what another looks at. Two at a time: there are machines with two processors.
await Promise.all([roles().then(keyboard).then(scripted), failing(false).then(() => failing(true))]);
await subtest('every page', async () => {
    const windows = [await open(), await open()];
    const seen = await each(windows, gets, ids, async (page, address, status, html) => {
        if (ok(status === 200, `${address} is there`, status)) await judge(page, address, html);
    });
    ok(seen > 30, `pages are found: ${seen}`);
    for (const page of windows) await close(page, 'all pages');
});
await finish();
