# closed.py port file: reads the message in INBOX, puts the file in the place
# of its own, and reads it again until it is that one.  Each look keeps what is
# open open for two seconds more.
import glob
import imaplib
import os
import sys
import time

client = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
client.login("demo", "demo")
client.select()


def text():
    return client.fetch("1", "(BODY.PEEK[TEXT])")[1][0][1]


if text() != b"This is one.\r\n":
    sys.exit("the message is another")
# It is moved there behind the answers.
while not glob.glob("Maildir/cur/*"):
    time.sleep(0.1)
os.rename(sys.argv[2], glob.glob("Maildir/cur/*")[0])
for _ in range(20):
    time.sleep(2.5)
    if text() == b"That is one.\r\n":
        client.logout()
        sys.exit(0)
sys.exit("the old file is still open")
