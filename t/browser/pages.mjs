// What holds for each page, whichever it is.
import { readFileSync } from 'node:fs';
import { is, ok, packages, site } from './browser.mjs';

const { HtmlValidate, StaticConfigLoader } = packages('html-validate');
const validator = new HtmlValidate(new StaticConfigLoader({ extends: ['html-validate:standard'] }));
const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// ---- One page

// As it is shown now: in its scheme and at its width.
async function accessible(page) {
    await page.evaluate(axe);
    return page.evaluate(async (tags) => {
        const found = await globalThis.axe.run({ runOnly: { type: 'tag', values: tags } });
        return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary}`).join(' | ')}`);
    }, TAGS);
}

// Nothing, or how wide the page is, and what may be the cause.
const sideways = (page) =>
    page.evaluate(() => {
        const root = document.documentElement;
        if (root.scrollWidth <= root.clientWidth) return [];
        const far = [...document.querySelectorAll('main *')].filter((node) => node.getBoundingClientRect().right > root.clientWidth);
        return [`${root.scrollWidth} px`, ...far.slice(0, 3).map((node) => node.outerHTML.slice(0, 120))];
    });

const wide = { width: 1280, height: 900 };
const narrow = { width: 320, height: 640 };

// Light and narrow, dark and wide: each scheme and each width once.
export async function judge(page, name, once) {
    const html = await page.request.get(page.url()).then((answer) => answer.text());
    await judgeShown(page, name, html, once);
}

// The same of a page that only its form can bring. `once`: light and narrow alone.
export async function judgeShown(page, name, html, once) {
    if (html) {
        const report = await validator.validateString(html);
        is(report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} at ${m.line}:${m.column}: ${m.message}`)), [], `${name}: valid HTML`);
    }
    await page.setViewportSize(narrow);
    await page.emulateMedia({ colorScheme: 'light' });
    is(await sideways(page), [], `${name}: nothing scrolls sideways at 320 px`);
    is(await accessible(page), [], `${name}: axe finds nothing at 320 px, light`);
    if (once) return;
    await page.setViewportSize(wide);
    await page.emulateMedia({ colorScheme: 'dark' });
    is(await sideways(page), [], `${name}: nothing scrolls sideways at 1280 px`);
    is(await accessible(page), [], `${name}: axe finds nothing at 1280 px, dark`);
}

// ---- All pages

const names = (route) => new Set(route.fields.map((field) => field.name));

// The address of a route with something to show; undefined: there is nothing for it.
export function addressOf(route, ids) {
    const fields = names(route), query = [];
    // What is told apart by something else than an id.
    if (typeof ids[route.path] === 'object') return `${route.path}?${new URLSearchParams(ids[route.path])}`;
    if (fields.has('id') && route.path !== '/changes') {
        const id = ids[route.path] ?? ids[route.noun ?? 'client'];
        if (id === undefined) return undefined;
        query.push(`id=${encodeURIComponent(id)}`);
    }
    if (fields.has('number')) query.push('number=1');
    if (fields.has('place')) query.push('place=1');
    return route.path + (query.length ? '?' + query.join('&') : '');
}

const gets = site.routes.filter((route) => route.method === 'GET');

export const isPage = (answer) => /^text\/html/.test(answer.headers()['content-type'] ?? '');

// Visits each and calls `look` with it, where it answers with HTML.
export async function each(page, ids, look) {
    let seen = 0;
    for (const route of gets) {
        const address = addressOf(route, ids);
        if (address === undefined) continue;
        const answer = await page.request.get(site.base + address);
        if (!isPage(answer)) continue;
        // Of what this run has none of, there is nothing to see.
        if (answer.status() === 404 && !route.noun && !ids[route.path]) continue;
        await page.visit(address);
        await look(route, address, answer);
        seen++;
    }
    return seen;
}

// Those that need nothing to be there.
export const bare = gets.filter((route) => !['id', 'number', 'place'].some((name) => names(route).has(name)) || route.path === '/changes');
