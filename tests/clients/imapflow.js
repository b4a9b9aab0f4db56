/*
 * imapflow against the server at this port: node imapflow.js port [what]
 * with z in what for COMPRESS=DEFLATE, q for QRESYNC.
 */
'use strict';
const assert = require('assert');
const { ImapFlow } = require('imapflow');

const [port, what = ''] = process.argv.slice(2);
const refused = [];

function client() {
	const note = (entry) => refused.push(entry.err &&
	    entry.err.message || entry);
	const no = () => {};

	return new ImapFlow({
		host: '127.0.0.1', port: Number(port), secure: false,
		auth: { user: 'demo', pass: 'demo' },
		logger: { debug: no, info: no, warn: note, error: note },
		disableCompression: !what.includes('z'),
		qresync: what.includes('q'),
	});
}

async function text(c, uid, part) {
	const { content, meta } = await c.download(uid, part, { uid: true });
	const all = [];

	for await (const piece of content)
		all.push(piece);
	return [Buffer.concat(all).toString(), meta];
}

async function lists(c) {
	const all = await c.list({ statusQuery: { messages: true } });
	const found = all.map((m) => m.path + ' ' + m.status.messages).sort();

	assert.deepEqual(found, ['Drafts 0', 'Entwürfe 0', 'INBOX 3']);
	assert.equal(all.find((m) => m.path === 'Drafts').specialUse, '\\Drafts');
}

async function reads(c) {
	const ids = new Set();
	let n = 0;

	for await (const m of c.fetch('1:*', { flags: true, envelope: true,
	    bodyStructure: true, size: true, internalDate: true, emailId: true,
	    threadId: true, headers: ['subject'] })) {
		n++;
		assert(m.bodyStructure && m.headers.length > 0);
		ids.add(m.emailId || n);
		if (m.seq === 2) {
			assert.equal(m.envelope.subject, 'Grüße aus Köln');
			assert.equal(m.bodyStructure.childNodes[1]
			    .dispositionParameters.filename, 'ä.bin');
		}
	}
	assert.equal(n, 3);
	assert.equal(ids.size, 3);
	assert.equal((await text(c, '2', '1'))[0].trim(), 'Schönes Wetter');
	const [bytes, meta] = await text(c, '2', '2');
	assert.equal(bytes, '\0\x01\x02\x03');
	assert.equal(meta.filename, 'ä.bin');
}

async function searches(c) {
	for (const [query, found] of [
	    [{ subject: 'GRÜßE' }, [2]],
	    [{ body: 'schönes' }, [2]],
	    [{ seen: false }, [1, 2, 3]],
	    [{ or: [{ subject: 'first' }, { subject: 'third' }] }, [1, 3]],
	    [{ before: new Date('2001-01-01') }, []],
	    [{ uid: '2:3', not: { larger: 100000 } }, [2, 3]]])
		assert.deepEqual(await c.search(query, { uid: true }), found,
		    JSON.stringify(query));
}

async function changes(c, box) {
	let map;

	assert((await c.mailboxCreate(box)).created);
	assert.equal((await c.append(box, 'Subject: ä\r\n\r\nx\r\n',
	    ['\\Seen', '$Label1'], new Date())).uid, 1);
	map = (await c.messageCopy('1:3', box, { uid: true })).uidMap;
	assert.deepEqual([...map], [[1, 2], [2, 3], [3, 4]]);
	await c.mailboxOpen(box);
	assert(await c.messageFlagsAdd('2:3', ['\\Flagged', 'Key'],
	    { uid: true }));
	assert(await c.messageFlagsRemove('1', ['\\Seen'], { uid: true }));
	map = (await c.messageMove('2', 'Drafts', { uid: true })).uidMap;
	assert.deepEqual([...map], [[2, 1]]);
	assert(await c.messageDelete('3', { uid: true }));
	assert.deepEqual(await c.search({ all: true }, { uid: true }), [1, 4]);
}

/* What another client does comes while this one is in IDLE. */
async function watches(c, box) {
	const other = client();
	const seen = [];
	const come = new Promise((resolve) => {
		for (const name of ['exists', 'flags', 'expunge'])
			c.on(name, () => {
				seen.push(name);
				if (new Set(seen).size === 3)
					resolve();
			});
	});

	await other.connect();
	const idle = c.idle();
	await other.append(box, 'Subject: new\r\n\r\nnew\r\n');
	await other.mailboxOpen(box);
	await other.messageFlagsAdd('5', ['\\Flagged'], { uid: true });
	await other.messageDelete('4', { uid: true });
	await come;
	await other.logout();
	const last = await c.fetchOne('5', { source: true }, { uid: true });
	await idle;
	assert.equal(last.uid, 5);
	assert.equal(last.source.toString(), 'Subject: new\r\n\r\nnew\r\n');
}

async function main() {
	const box = 'Neu & Größe.Unter 日本';
	const c = client();

	await c.connect();
	await lists(c);
	await c.mailboxOpen('INBOX');
	await reads(c);
	await searches(c);
	await changes(c, box);
	await watches(c, box);
	await c.mailboxClose();
	await c.mailboxRename(box, 'Anders 日本');
	await c.mailboxSubscribe('Anders 日本');
	assert((await c.list()).find((m) => m.path === 'Anders 日本').subscribed);
	await c.mailboxDelete('Anders 日本');
	await c.logout();
	assert.deepEqual(refused, []);
}

main().catch((error) => {
	console.error(error, JSON.stringify(refused));
	process.exit(1);
});
