/*
 * Roundcube at this address, in Chromium: node roundcube.js url chromium.
 * Screenshots are left in *.png.
 */
'use strict';
const assert = require('assert');
const fs = require('fs');
const puppeteer = require('puppeteer-core');

const [url, chromium] = process.argv.slice(2);
const errors = [];
let page;

async function until(what, f, ...args) {
	try {
		await page.waitForFunction(f, { timeout: 15000 }, ...args);
	} catch (error) {
		await page.screenshot({ path: 'failed.png' });
		throw new Error(what + ': ' + error.message + ': ' +
		    await page.evaluate(() => document.body.innerText));
	}
}

async function shot(name) {
	await page.screenshot({ path: name + '.png' });
}

/* Until the list has these subjects, in this order. */
async function listed(what, subjects) {
	await until(what, (want) => !rcmail.busy && want === JSON.stringify(
	    [...document.querySelectorAll('#messagelist tbody tr')]
	    .filter((r) => r.style.display !== 'none')
	    .map((r) => r.querySelector('.subject a span, .subject a')
	    .innerText.trim())), JSON.stringify(subjects));
	await shot(what);
}

function command(...args) {
	return page.evaluate((list) => { rcmail.command(...list); }, args);
}

async function login() {
	await page.goto(url);
	await page.type('#rcmloginuser', 'demo');
	await page.type('#rcmloginpwd', 'demo');
	await Promise.all([page.waitForNavigation(),
	    page.click('#rcmloginsubmit')]);
	await listed('inbox', ['third', 'Grüße aus Köln', 'first']);
}

async function sorts() {
	await command('sort', 'subject_ASC');
	await listed('subjects', ['first', 'Grüße aus Köln', 'third']);
	await command('sort', 'date_DESC');
	await listed('dates', ['Grüße aus Köln', 'third', 'first']);
}

async function reads() {
	const part = await page.evaluate(async () => {
		const r = await fetch('./?_task=mail&_mbox=INBOX&_uid=2' +
		    '&_action=get&_part=2');

		return [r.headers.get('content-disposition'),
		    [...new Uint8Array(await r.arrayBuffer())]];
	});

	assert.match(part[0], /%C3%A4\.bin/);
	assert.deepEqual(part[1], [0, 1, 2, 3]);
	await page.goto(url + '?_task=mail&_mbox=INBOX&_uid=2&_action=show');
	await until('message', () =>
	    document.body.innerText.includes('Schönes Wetter'));
	await shot('message');
	await page.goto(url + '?_task=mail&_mbox=INBOX');
	await listed('back', ['Grüße aus Köln', 'third', 'first']);
}

async function changes() {
	await page.evaluate(() => { rcmail.mark_message('flagged', '1'); });
	await until('flag', () =>
	    document.querySelector('#messagelist tr.flagged'));
	await page.evaluate(() => {
		rcmail.message_list.select('3');
		rcmail.move_messages('Entw&APw-rfe');
	});
	await listed('moved', ['Grüße aus Köln', 'first']);
	await command('list', 'Entw&APw-rfe');
	await listed('there', ['third']);
	await command('list', 'INBOX');
	await listed('here', ['Grüße aus Köln', 'first']);
}

async function searches() {
	for (const [what, where, found] of [
	    ['schönes', 'text', ['Grüße aus Köln']],
	    ['GRÜßE', 'subject', ['Grüße aus Köln']],
	    ['first', 'subject', ['first']]]) {
		await page.evaluate((what, where) => {
			rcmail.env.search_mods = { '*': { [where]: 1 },
			    INBOX: { [where]: 1 } };
			document.querySelector('#mailsearchform').value = what;
			rcmail.command('search');
		}, what, where);
		await listed('search', found);
		await command('reset-search');
		await listed('all', ['Grüße aus Köln', 'first']);
	}
}

async function sees() {
	fs.renameSync('letter', 'Maildir/new/1700000100.arriving');
	await command('checkmail');
	await listed('new', ['Grüße aus Köln', 'arriving', 'first']);
	assert.match(await page.title(), /^\(\d\)/);
}

async function main() {
	const browser = await puppeteer.launch({ executablePath: chromium,
	    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
	    headless: true, userDataDir: 'profile' });

	try {
		page = await browser.newPage();
		page.on('pageerror', (error) => errors.push(error.message));
		await page.setViewport({ width: 1280, height: 900 });
		await login();
		await sorts();
		await reads();
		await changes();
		await searches();
		await sees();
		assert.deepEqual(errors, []);
	} finally {
		await browser.close();
	}
}

main().catch((error) => {
	console.error(error, errors);
	process.exit(1);
});
