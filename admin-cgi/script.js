// What is nicer with a script: buttons that copy, local times, keys. Every page is whole without it.
(() => {
  'use strict';
  const make = (tag, text, attributes) => {
    const node = document.createElement(tag);
    node.textContent = text;
    for (const name in attributes) node.setAttribute(name, attributes[name]);
    return node;
  };

  // What was done, for those who do not see it.
  const news = document.body.appendChild(make('p', '', { class: 'hidden', role: 'status' }));

  // ---- Copy: beside secrets, and what is marked with data-copy, which says what it is.

  const choose = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  const copy = async (node, button) => {
    try {
      await navigator.clipboard.writeText(node.textContent.trim());
      button.textContent = 'Copied';
    } catch {
      choose(node);
      button.textContent = 'Press Ctrl+C';
    }
    news.textContent = button.textContent;
    setTimeout(() => (button.textContent = 'Copy'), 4000);
  };
  for (const node of document.querySelectorAll('[data-copy], .secret')) {
    const button = make('button', 'Copy', { type: 'button', class: 'quiet small copy' });
    button.append(make('span', ' ' + (node.dataset.copy || 'secret'), { class: 'hidden' }));
    button.addEventListener('click', () => copy(node, button));
    node.after(' ', button);
  }

  // ---- Times: what the clock on this wall says, where it is not UTC.

  const two = (number) => String(number).padStart(2, '0');
  for (const node of document.querySelectorAll('time[datetime]')) {
    const at = new Date(node.dateTime);
    if (isNaN(at) || !at.getTimezoneOffset()) continue;
    const day = at.getDate() === at.getUTCDate() ? '' : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
    node.after(' ', make('span', `${day}${two(at.getHours())}:${two(at.getMinutes())} here`, { class: 'local' }));
  }

  // ---- Keys, unless they were switched off (WCAG 2.1.4).

  if (document.body.dataset.keys === 'off') return;
  const search = document.querySelector('input[type=search], .filter input');
  const link = (selector) => document.querySelector(selector);
  const keys = {
    '/': ['Search, or filter', search, () => search.focus()],
    n: ['New', link('.tools > a.button, .empty a.button')],
    e: ['Edit', link('.buttons > a.edit')],
    j: ['Next page', link('a[rel=next]')],
    k: ['Previous page', link('a[rel=prev]')],
    '?': ['This list', document.body, () => list.showModal()],
  };

  const list = make('dialog', '', { 'aria-labelledby': 'keys' });
  const table = make('table', '');
  const rows = table.appendChild(make('tbody', ''));
  for (const key in keys) {
    if (!keys[key][1]) continue;
    const row = rows.appendChild(make('tr', ''));
    row.appendChild(make('th', '', { scope: 'row' })).append(make('kbd', key));
    row.append(make('td', keys[key][0]));
  }
  const form = make('form', '', { method: 'dialog' });
  form.append(make('button', 'Close', { autofocus: '' }));
  const display = link('footer a');
  const off = make('p', '', { class: 'hint' });
  if (display) off.append('They are switched off under ', make('a', 'Display', { href: display.href }), '.');
  list.append(make('h2', 'Keys on this page', { id: 'keys' }), table, off, form);
  document.body.append(list);

  addEventListener('keydown', (event) => {
    const key = keys[event.key];
    if (!key || !key[1] || list.open || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest('input, select, textarea, [contenteditable]')) return;
    event.preventDefault();
    if (key[2]) key[2]();
    else key[1].click();
  });
})();
