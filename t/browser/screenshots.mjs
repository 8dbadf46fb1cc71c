// The pictures of the manual: of the pages that the input names, in files below its directory.
import { writeFileSync } from 'node:fs';
import { small } from './png.mjs';
import { close, finish, fill, open, press, site, through } from './browser.mjs';

const look = { width: 1024, height: 720 };
const shoot = async (page, name) => writeFileSync(`${site.pictures}/console-${name}.png`, small(await page.screenshot()));

const page = await open(look);
await page.visit('/');
await shoot(page, 'overview');
await page.visit('/activity?outcome=refused&code=scope_empty');
await through(page, page.locator('tbody a').first());
await shoot(page, 'receipt');
await page.visit('/targets/new');
await fill(page, { id: 'invoices', name: 'Invoices', lifetime: 'ten minutes' });
await press(page, 'Save');
await shoot(page, 'form');
await close(page);

const dark = await open({ ...look, scheme: 'dark' });
await dark.visit('/try?client=orders-api');
await fill(dark, { subject_token: site.token, scope: 'orders.read' });
await press(dark, 'Try it');
await shoot(dark, 'try');
await close(dark);

const narrow = await open({ width: 360, height: 720 });
await narrow.visit('/clients/show?id=orders-api');
await shoot(narrow, 'narrow');
await close(narrow);
await finish();
