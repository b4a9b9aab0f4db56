# thunderbird.py port: Thunderbird, with a profile in the directory of that
# name, against the server at that port; by Marionette (WebDriver's older
# brother), without a screen.

import json
import os
import socket
import subprocess
import sys
import time

PREFS = {
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.account.account1.server": "server1",
    "mail.account.account1.identities": "id1",
    "mail.identity.id1.useremail": "demo@example.org",
    "mail.server.server1.hostname": "127.0.0.1",
    "mail.server.server1.type": "imap",
    "mail.server.server1.userName": "demo",
    "mail.server.server1.socketType": 0,
    "mail.server.server1.authMethod": 3,
    "mail.server.server1.using_subscription": False,
    "mail.server.server1.login_at_startup": False,
    "mailnews.start_page.enabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "app.update.auto": False,
    "extensions.update.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.server.server1.name": "demo",
}

PRELUDE = """
const done = arguments[arguments.length - 1];
const { MailServices } = ChromeUtils.importESModule(
    'resource:///modules/MailServices.sys.mjs');
const sleep = (t) => new Promise((r) => setTimeout(r, t));
const server = () => MailServices.accounts.allServers.find(
    (s) => s.type === 'imap');
const folder = (name) => server().rootFolder.descendants.find(
    (f) => f.URI.endsWith('/' + name) || f.name === name);
async function until(what, f) {
	for (let i = 0; i < 200; i++) {
		const x = f();

		if (x)
			return x;
		await sleep(100);
	}
	throw new Error('waited for ' + what);
}
function copy(from, numbers, to, move) {
	const all = [...folder(from).messages].filter(
	    (h) => numbers.includes(h.messageKey));

	return new Promise((r) => MailServices.copy.copyMessages(
	    folder(from), all, folder(to), move, {
		onStartCopy() {}, onProgress() {}, setMessageKey() {},
		getMessageId() { return ''; }, onStopCopy(s) { r(s); },
		QueryInterface: ChromeUtils.generateQI(
		    ['nsIMsgCopyServiceListener']) }, null, false));
}
(async () => {
"""
POSTLUDE = """
})().then((x) => done(x === undefined ? null : x),
    (e) => done('failed: ' + e + e.stack));
"""


class Marionette:
    def __init__(self, port):
        self.serial = 0
        for _ in range(300):
            try:
                self.socket = socket.create_connection(("127.0.0.1", port))
                break
            except OSError:
                time.sleep(0.1)
        self.socket.settimeout(90)
        self.file = self.socket.makefile("rb")
        self.read()
        self.call("WebDriver:NewSession", capabilities={})
        self.call("Marionette:SetContext", value="chrome")
        self.call("WebDriver:SetTimeouts", script=60000)

    def read(self):
        size = b""
        while not size.endswith(b":"):
            size += self.file.read(1)
        return json.loads(self.file.read(int(size[:-1])))

    def call(self, name, **args):
        self.serial += 1
        text = json.dumps([0, self.serial, name, args]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        answer = self.read()
        assert answer[2] is None, answer[2]
        return answer[3]

    def run(self, script):
        value = self.call("WebDriver:ExecuteAsyncScript", args=[],
                          script=PRELUDE + script + POSTLUDE)["value"]
        assert not str(value).startswith("failed"), value
        return value


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def profile(port):
    marionette = free_port()
    os.mkdir("profile")
    prefs = dict(PREFS)
    prefs["mail.server.server1.port"] = port
    prefs["marionette.port"] = marionette
    with open("profile/user.js", "w") as f:
        for name, value in prefs.items():
            f.write("user_pref(%s, %s);\n" % (json.dumps(name),
                                              json.dumps(value)))
    return marionette


def use(t):
    t.run("""
        const info = Cc['@mozilla.org/login-manager/loginInfo;1']
            .createInstance(Ci.nsILoginInfo);
        info.init('imap://127.0.0.1', null, 'imap://127.0.0.1', 'demo',
            'demo', '', '');
        await Services.logins.addLoginAsync(info);
        Services.io.offline = false;
        await until('a window',
            () => Services.wm.getMostRecentWindow('mail:3pane'));
        folder('INBOX').updateFolder(null);
        server().performExpand(null);
        await until('folders', () => folder('Entwürfe'));
        await until('messages',
            () => [...folder('INBOX').messages].length === 3);
    """)
    subjects = t.run("""
        return [...folder('INBOX').messages].map(
            (h) => h.mime2DecodedSubject);
    """)
    assert subjects == ["first", "Grüße aus Köln", "third"], subjects
    t.run("""
        const inbox = folder('INBOX');
        const all = [...inbox.messages];

        inbox.markMessagesFlagged(all.slice(0, 1), true);
        inbox.markMessagesRead(all.slice(1, 2), true);
        inbox.addKeywordsToMessages(all.slice(1, 2), '$label1');
    """)
    assert t.run("return copy('INBOX', [1, 2], 'Entwürfe', false)") == 0
    assert t.run("return copy('INBOX', [3], 'Entwürfe', true)") == 0
    found = t.run("""
        const s = Cc['@mozilla.org/messenger/searchSession;1']
            .createInstance(Ci.nsIMsgSearchSession);
        const hits = [];

        s.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder('INBOX'));
        for (const [attrib, text] of [['Subject', 'grüße'],
            ['Body', 'schönes']]) {
            const term = s.createTerm();
            const value = term.value;

            value.attrib = term.attrib = Ci.nsMsgSearchAttrib[attrib];
            value.str = text;
            term.value = value;
            term.op = Ci.nsMsgSearchOp.Contains;
            term.booleanAnd = true;
            s.appendTerm(term);
        }
        await new Promise((r) => {
            s.registerListener({ onSearchHit(h) { hits.push(h.messageKey); },
                onSearchDone: r, onNewSearch() {}, QueryInterface:
                ChromeUtils.generateQI(['nsIMsgSearchNotify']) });
            s.search(null);
        });
        return hits;
    """)
    assert found == [2], found
    t.run("""
        server().rootFolder.createSubfolder('Neu Ж', null);
        await until('the new', () => folder('Neu Ж'));
        folder('Neu Ж').rename('日本', null);
        await until('the renamed', () => folder('日本'));
    """)
    os.rename("letter", "Maildir/new/1700000100.arriving")
    t.run("""
        folder('INBOX').updateFolder(null);
        await until('new mail', () => [...folder('INBOX').messages].some(
            (h) => h.subject === 'arriving'));
    """)


def main():
    marionette = profile(int(sys.argv[1]))
    with open("thunderbird.log", "w") as log:
        child = subprocess.Popen(
            [sys.argv[2], "--headless", "--marionette", "--no-remote",
             "--remote-allow-system-access", "--profile",
             os.path.abspath("profile")], stdout=log, stderr=log)
    try:
        use(Marionette(marionette))
    finally:
        child.terminate()
        child.wait()


main()
