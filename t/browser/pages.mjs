// What holds for each page, whichever it is.
import { readFileSync } from 'node:fs';
import { is, ok, packages, site } from './browser.mjs';

const { HtmlValidate, StaticConfigLoader } = packages('html-validate');
const validator = new HtmlValidate(new StaticConfigLoader({ extends: ['html-validate:standard'] }));
const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');
const ALL = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
// What a width or a scheme can change; everything else of a page is the same at both.
const SEEN = { type: 'rule', values: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'] };

// ---- One page

// As it is shown now: in its scheme and at its width. No rule of these looks at what `preload` would fetch.
async function accessible(page, rules) {
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
    return page.evaluate(async (runOnly) => {
        const found = await globalThis.axe.run({ runOnly, resultTypes: ['violations'], preload: false });
        return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary}`).join(' | ')}`);
    }, rules);
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

// Light and narrow, dark and wide: each scheme and each width once. `once`: light and narrow alone; `html`: as it
// came, undefined where that was looked at.
export async function judge(page, name, html, once) {
    if (html) {
        const report = await validator.validateString(html);
        is(report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} at ${m.line}:${m.column}: ${m.message}`)), [], `${name}: valid HTML`);
    }
    await page.setViewportSize(narrow);
    await page.emulateMedia({ colorScheme: 'light' });
    is(await sideways(page), [], `${name}: nothing scrolls sideways at 320 px`);
    is(await accessible(page, ALL), [], `${name}: axe finds nothing at 320 px, light`);
    if (once) return;
    await page.setViewportSize(wide);
    await page.emulateMedia({ colorScheme: 'dark' });
    is(await sideways(page), [], `${name}: nothing scrolls sideways at 1280 px`);
    is(await accessible(page, SEEN), [], `${name}: axe finds nothing at 1280 px, dark`);
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

export const gets = site.routes.filter((route) => route.method === 'GET');

const isPage = (answer) => /^text\/html/.test(answer?.headers()['content-type'] ?? '');

// The answer of an address that the window shows then; undefined: it gives a file to be kept.
const show = async (page, address) => {
    try {
        return await page.visit(address);
    } catch (error) {
        if (/Download is starting|ERR_ABORTED/.test(error.message)) return undefined;
        throw error;
    }
};

// Shows each of `routes`, where there is something for it, in one of the windows and calls `look` with it, where it
// answers with HTML.
export async function each(windows, routes, ids, look) {
    const rest = [...routes];
    let seen = 0;
    const visit = async (page, route) => {
        const address = addressOf(route, ids);
        if (address === undefined) return;
        const answer = await show(page, address);
        if (!isPage(answer)) return;
        // Of what this run has none of, there is nothing to see, once it has anything.
        if (answer.status() === 404 && !route.noun && !ids[route.path] && ids.issuer) return;
        await look(page, address, answer.status(), await answer.text());
        seen++;
    };
    await Promise.all(windows.map(async (page) => {
        while (rest.length) await visit(page, rest.shift());
    }));
    return seen;
}

// Those that need nothing to be there, but forms of new objects, which are the same when there is something.
export const bare = gets.filter(
    (route) => (!['id', 'number', 'place'].some((name) => names(route).has(name)) && !/\/new$/.test(route.path)) || route.path === '/changes');
